"""The commands that run until they are told to stop: the cockpit, the rehearsal, the guard, a node's GPU reader."""
