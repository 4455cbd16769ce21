"""Tries writes as those who are frozen, without doing them, and reads what the audit log says of real ones."""
