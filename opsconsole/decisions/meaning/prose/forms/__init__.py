"""Sentences of a fixed form, which grammar does not tell: rows of formats, changes, what belongs to an object."""
