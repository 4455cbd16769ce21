"""A small Kubernetes API server on loopback: only what the console uses, but that as the real one does it."""
