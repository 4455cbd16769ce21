"""The controllers: each moves the world a step towards what its objects ask for."""
