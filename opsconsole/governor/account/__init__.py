"""Steps three and four: the budget that the optimizer used up and the damage that it did."""
