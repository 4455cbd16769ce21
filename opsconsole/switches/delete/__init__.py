"""`2`: delete the optimizer, its owner first, evidence kept."""
