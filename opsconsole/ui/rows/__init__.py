"""How the records of each pane become rows: columns, sort orders, search text. Pure functions, no widgets."""
