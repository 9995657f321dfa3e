"""The arrays of a model, each fitted by one file; the only room that imports ``implicit``."""
