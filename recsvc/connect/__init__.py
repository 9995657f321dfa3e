"""What a shop's own system says of its orders and products, read by interface or heard by webhook."""
