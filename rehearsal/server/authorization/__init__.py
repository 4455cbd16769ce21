"""Who may do what: RBAC, access reviews, admission, the freeze."""
