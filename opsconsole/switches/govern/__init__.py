"""Installs the governor in the API server, and takes it away again."""
