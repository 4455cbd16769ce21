"""What attributes tell of a change: which setting, from what, to what, and whether it was made at all."""
