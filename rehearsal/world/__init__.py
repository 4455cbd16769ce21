"""The simulated cluster: controllers, a scheduler, kubelets, traffic. Pure ticks of injected time and randomness."""
