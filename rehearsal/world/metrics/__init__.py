"""What Prometheus scrapes of the world."""
