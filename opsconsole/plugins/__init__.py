"""Finds, loads and guards plugins; the interface that they are written against is :mod:`opsconsole.plugin`."""
