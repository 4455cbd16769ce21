"""The screen of the kill switches and its keys."""
