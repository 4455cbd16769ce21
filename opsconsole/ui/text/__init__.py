"""Long text on the Line API: logs, manifests, details. A pure buffer and the widget that draws its visible part."""
