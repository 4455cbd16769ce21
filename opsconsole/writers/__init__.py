"""Who writes to the cluster: a ledger of writers from ``managedFields`` and the audit log. Pure but for its feed."""
