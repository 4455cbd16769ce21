"""What a live object says of the damaged fields: who wrote them, what its revisions hold, how its pods follow. Pure."""
