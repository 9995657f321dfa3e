"""The second stage: what it learns from, how it is learned, and which ranker is kept."""
