"""What happened since the model was trained: events, the catalogue, and who asked to be forgotten, in SQL."""
