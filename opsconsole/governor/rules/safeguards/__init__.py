"""Rules about what protects, and is taken away, loosened or passed by: alerts, canaries, rights, limits, secrets."""
