"""``opsconsole config``: where the settings are, what is in effect and why, a file to begin with."""
