"""Pods: whose they are, and how they fail."""
