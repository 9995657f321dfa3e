"""Several shops in one deployment: which of them a request is for, and what they have together."""
