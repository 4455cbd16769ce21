"""Approvals: an annotation that signs off one change, on the object itself or listed by its Namespace. Pure."""
