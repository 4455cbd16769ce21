"""The one door to Prometheus: queries, service levels, burn rates, and whether the optimizer's own inputs are sound."""
