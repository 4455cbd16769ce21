"""The lines around the panes: header, service levels, alarm banner, each pane's state."""
