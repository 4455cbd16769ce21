"""The guard: the console's core without a screen, which freezes the optimizer by itself."""
