"""What programs and clouds print of what they did. One row for each form."""
