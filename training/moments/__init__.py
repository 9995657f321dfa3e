"""Learns the rhythm of a shop: what ``recsvc.moments`` needs to say when a shopper orders next."""
