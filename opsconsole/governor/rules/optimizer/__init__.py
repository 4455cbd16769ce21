"""Rules about the optimizer itself: its inputs, its words, its setup."""
