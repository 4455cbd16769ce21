"""A pod: its shape on the wire, its record, and the words of `kubectl get pods`."""
