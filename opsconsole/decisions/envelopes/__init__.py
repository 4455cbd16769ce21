"""The first layer: bytes and what runtimes, collectors and tools write around the lines of a log."""
