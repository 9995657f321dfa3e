"""Candidate sources: each is one file and one line of ``SOURCES``."""
