"""What a feed is, and the parts that every feed is built from."""
