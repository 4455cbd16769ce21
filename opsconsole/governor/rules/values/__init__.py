"""Rules about the values that a write sets."""
