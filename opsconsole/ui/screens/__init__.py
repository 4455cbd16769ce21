"""The screens of the app: the cockpit with its panes, and what opens on top of it."""
