"""The coach and the score card: how things stand in a rehearsal, what to press next, how well it went."""
