"""What was understood of a shop's data, for a person to confirm before anything is learned."""
