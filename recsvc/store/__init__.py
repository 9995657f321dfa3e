"""Events, the catalogue, users, keys and placements in SQL: what happened since the model was trained."""
