"""The object of a verb: what stands behind it, before it, beside it, or earlier in the sentence."""
