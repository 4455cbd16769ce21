"""Plans, outcomes and numbers as plain text, for the screen and the commands alike."""
