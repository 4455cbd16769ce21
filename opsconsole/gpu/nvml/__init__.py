"""Asks NVML, in a process of its own, and says in words what that found."""
