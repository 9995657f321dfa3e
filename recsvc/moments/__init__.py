"""When a shopper orders next: pure functions, arrays in, arrays out."""
