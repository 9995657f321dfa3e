"""Rules of a placement, as forms, as text and in words."""
