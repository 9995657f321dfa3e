"""Who is let into the pages, how they sign in, and what they may see and do."""
