"""Whom the optimizer acts as: as named, as its pods run, by Secrets, groups, its node's credentials and its cloud."""
