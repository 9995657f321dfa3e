"""How a list is made: pure functions, arrays in, arrays out."""
