"""`u`: put back what a switch changed."""
