"""Records that are no JSON, as programs print them: lists of words, rows, XML, languages' own forms of objects."""
