"""The kubelet: it runs containers and reports pods."""
