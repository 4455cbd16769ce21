"""`H`: takes a freeze back."""
