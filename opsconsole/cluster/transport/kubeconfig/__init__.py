"""The kubeconfig as client-go reads it: files, credentials, exec plugins, proxies."""
