"""What runs an optimizer: its pods, and up to the top what makes them."""
