"""Single questions to the API server: who may do what, who we are, one object whole, a container's log."""
