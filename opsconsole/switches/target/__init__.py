"""The optimizer as a target: who it is now, who owns its pods, what rights it has."""
