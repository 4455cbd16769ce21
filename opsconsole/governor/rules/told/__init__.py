"""Deeds that a line tells in its own words, of what is no object of the cluster: stores, names, keys, alarms, jobs."""
