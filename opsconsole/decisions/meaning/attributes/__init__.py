"""Actions that attributes tell by their keys: an action and its object, lists of changes, values by object."""
