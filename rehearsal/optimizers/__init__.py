"""The optimizers to practise on: what they think, and the real processes that they run as."""
