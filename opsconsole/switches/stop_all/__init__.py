"""`0`: rights, optimizer and GPUs in that order."""
