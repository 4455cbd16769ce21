"""What the console remembers: a hash-chained journal, the evidence beside it, and the timeline that both make."""
