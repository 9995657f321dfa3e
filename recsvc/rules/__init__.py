"""What a shop wants of its lists beside relevance: filters, boosts, pins, caps. Pure; knows no HTTP, SQL or clock."""
