"""The commands of ``recsvc-train``; the only files of the training job that print."""
