"""Step one, observe: what was written to the cluster, and the indexes over the live picture."""
