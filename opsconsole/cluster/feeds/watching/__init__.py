"""Lists and watches: one resource in its scopes, kept true in the sink."""
