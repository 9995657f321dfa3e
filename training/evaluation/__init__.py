"""How good the lists are, measured on orders that the model has not seen (docs/guides/measuring.md)."""
