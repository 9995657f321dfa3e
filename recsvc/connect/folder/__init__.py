"""Files that a shop's own system drops into a folder: products, stock and events."""
