"""`1`: take the optimizer's rights away."""
