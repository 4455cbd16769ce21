"""What the console keeps on disk and takes from there: private where it writes, and nobody else's where it reads."""
