"""The rehearsal as a guest on a real (test) cluster: one namespace, everything labelled, everything removed again."""
