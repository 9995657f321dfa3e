"""Measurements: one file for each table of the README. Not run by the tests."""
