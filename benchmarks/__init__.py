"""Measurements: one file for each table of README.md beside them. Not run by the tests."""
