"""Ways round a freeze: what the authorizer still lets somebody do whom admission refuses every write."""
