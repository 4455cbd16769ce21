"""What we put into the API server to govern the optimizer there: the freeze, the rules, and how they stand. Pure."""
