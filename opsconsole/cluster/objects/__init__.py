"""Kubernetes objects: from the wire's shape to the console's records."""
