"""Who is most likely to buy an item: arrays in, arrays out."""
