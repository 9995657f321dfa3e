"""Orders, products and requests for privacy of a Shopify shop: read in bulk, and heard by webhook."""
