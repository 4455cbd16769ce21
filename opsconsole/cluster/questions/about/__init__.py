"""What the cluster is, what it serves, which namespaces it has, and who we are to it."""
