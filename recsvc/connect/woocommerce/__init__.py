"""WooCommerce: its orders and products as JSON, its REST interface, its webhooks."""
