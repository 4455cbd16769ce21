"""The commands that look and end: rows, verdicts, the journal."""
