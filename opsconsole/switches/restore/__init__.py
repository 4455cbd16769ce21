"""`R`: put back what the optimizer changed."""
