"""Rules about how much a decision touches, and whom."""
