"""Every decoder of what others write, on inputs that nobody would write: ``python -m tests.fuzz TARGET``."""
