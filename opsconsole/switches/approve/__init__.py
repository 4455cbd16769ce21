"""`A`: lets a person sign off one write that a rule refuses the optimizer."""
