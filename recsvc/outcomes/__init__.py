"""What lists lead to: which list an order belongs to, and what that says. Pure: rows in, figures out."""
