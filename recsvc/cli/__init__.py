"""The commands of ``recsvc``, one file a group; the only files of the service that print."""
