"""`X`: takes approvals back that were given from here."""
