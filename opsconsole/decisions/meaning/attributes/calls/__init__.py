"""Calls of tools, what they answer, and the manifests that they are given."""
