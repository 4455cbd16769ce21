"""Calls of an agent's tools: their shapes, their command lines, what they answer."""
