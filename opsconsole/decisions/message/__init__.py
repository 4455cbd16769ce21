"""The third layer, message and attributes: what is said in words, and the keys and values beside it."""
