"""The shapes that are not read rightly yet."""

NOT_MET: dict[str, str] = {}
"""Shape -> why it is misread or refused; a shape that is met has to leave this list."""
