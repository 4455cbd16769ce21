"""What every switch runs on: the switchboard, the one gate, the reserved executor, preflight."""
