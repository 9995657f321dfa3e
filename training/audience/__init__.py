"""Learns who is most likely to buy an item, from what was bought after a moment in the past."""
