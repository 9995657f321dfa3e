"""Moments as text."""

from datetime import UTC, datetime


def iso_moment(seconds: int | None) -> str | None:
    """Return unix seconds as ISO 8601 in UTC; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
