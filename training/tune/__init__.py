"""Which settings suit a history, tried on windows before the one that is reported (docs/guides/measuring.md)."""
