"""What the rehearsal's API server promises: each test runs against it and against a real API server, and must agree."""
