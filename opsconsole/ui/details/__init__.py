"""What is shown when something is opened: records to lines of text. Pure functions, no widgets."""
