"""What all tests share: one clock, one way of waiting. ``tests/testbed/objects.py`` builds the objects of the API."""
