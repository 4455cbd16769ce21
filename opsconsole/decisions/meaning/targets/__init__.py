"""Whom an action is done to: what names a reference tells, and what the keys of attributes tell."""
