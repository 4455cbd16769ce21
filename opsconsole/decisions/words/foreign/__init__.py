"""Other languages than English, as tables: what deeds, moods, counts and asides are called in them."""
