"""What we judge: pure rules over records → findings; what the optimizer changed; how much of the cluster it moved."""
