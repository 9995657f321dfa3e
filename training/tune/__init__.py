"""Which settings suit a history, tried out on windows before the one that ``evaluate`` reports (docs/tuning.md)."""
