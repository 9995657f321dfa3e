"""The right moment, and what suits it: arrays in, figures out."""
