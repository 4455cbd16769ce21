"""A small PromQL: what consoles and optimizers ask, evaluated over the series of the rehearsal's world."""
