"""How an action is meant: by the words beside it, by what is remarked on a command, by attributes."""
