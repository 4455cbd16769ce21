"""Actions told in sentences: verbs, objects beside them, changes without a verb, rows that grammar does not tell."""
