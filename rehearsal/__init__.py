"""An incident to practise on: a small API server, a simulated cluster, an optimizer gone wrong, GPUs that stay full."""
