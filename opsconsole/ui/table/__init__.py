"""A table on the Line API: a pure row model and the widget that draws its visible window."""
