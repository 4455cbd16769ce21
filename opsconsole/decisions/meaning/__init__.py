"""The fourth layer, meaning: which action an entry names, on what, from which value to which, and in what mood."""
