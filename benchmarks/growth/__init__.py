"""How time, memory and bytes grow with order lines, shoppers and items."""
