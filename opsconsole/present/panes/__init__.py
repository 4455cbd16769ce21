"""What each pane shows of its records: columns, orders, search text. Pure; the screen and the commands read it."""
