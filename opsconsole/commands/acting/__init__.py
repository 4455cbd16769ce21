"""The commands that change the world, each through the one gate: kill, approve, govern."""
