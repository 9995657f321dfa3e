"""Order lines as vocabularies, purchases, matrices and windows in time."""
