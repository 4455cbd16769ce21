"""`W`: takes approvals back that were given from here."""
