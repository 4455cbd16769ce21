"""Lines of systems that no table of the reader names, with what a careful person reads in them."""
