"""What the ids of users, sessions and items may be, and which of them were erased."""
