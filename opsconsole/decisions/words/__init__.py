"""The vocabulary of the layers: verbs and kinds as data, and what the words of an identifier are."""
