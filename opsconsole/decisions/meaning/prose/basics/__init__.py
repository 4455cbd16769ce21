"""The words of a sentence: its tokens, names and kinds, numbers and phrases, as later layers read them."""
