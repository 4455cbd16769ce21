"""`F`: the API server refuses every write of the optimizer, and thawing takes that back."""
