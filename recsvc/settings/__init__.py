"""What is set in ``recsvc.toml`` and by ``RECSVC_*`` variables."""
