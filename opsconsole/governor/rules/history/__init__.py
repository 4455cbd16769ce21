"""Rules about what many writes come to over time."""
