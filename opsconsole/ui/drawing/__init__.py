"""From lines of spans to terminal cells: the base of every widget, styles, symbols."""
