"""`3`: end zombie GPU processes."""
