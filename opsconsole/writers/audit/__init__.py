"""The API server's audit log: from a file or from its webhook, as facts about who wrote what."""
