"""How proofs are waited for: how long, several at once, and steps that follow from a confirmed plan."""
