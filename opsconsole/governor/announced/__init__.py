"""Step two, announce: what the optimizer said it would do, and what became of it."""
