"""Command lines and requests: kubectl, other programs of a shell, commands on a node, HTTP."""
