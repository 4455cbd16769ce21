"""What goes on for ever: lists and watches, the optimizer's logs, the probe of the server's health."""
