"""How bytes reach the API server: kubeconfig, TLS, requests, streams, the read-only guard, errors in words."""
