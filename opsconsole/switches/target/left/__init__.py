"""What an optimizer leaves behind in the cluster besides pods and bindings."""
