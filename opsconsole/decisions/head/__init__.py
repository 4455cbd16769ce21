"""The second layer, the head of an entry: its time, level, logger and caller, token by token in any order."""
