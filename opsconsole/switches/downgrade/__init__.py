"""`B`: swaps the optimizer's grants for one that holds only what its work needs."""
