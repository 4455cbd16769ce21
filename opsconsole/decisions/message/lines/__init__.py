"""Entries of several lines: what each line is to the one above it, and what blocks, panels and stacks tell."""
