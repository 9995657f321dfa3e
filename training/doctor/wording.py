"""Numbers, shares, dates and masked ids as the findings write them."""

from datetime import UTC, datetime

SMALLEST_SHOWN_SHARE = 0.0005


def counted(n: int, noun: str) -> str:
    """Return `1 user`, `2,000 users`; nouns whose plural ends in s."""
    plural = noun if n == 1 else noun.removesuffix("y") + "ies" if noun.endswith("ry") else noun + "s"
    return f"{n:,} {plural}"


def percentage(share: float) -> str:
    """Return a share, 0 to 1, with one digit after the point."""
    return "under 0.1%" if 0 < share < SMALLEST_SHOWN_SHARE else f"{share:.1%}"


def masked(user_id: str) -> str:
    """Return enough of a user's id to find it for those who have the file, and not more."""
    return f"{user_id[:2]}…{user_id[-2:]}" if len(user_id) > 4 else f"{user_id[:1]}…"


def day_text(seconds: int) -> str:
    """Return the day of a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def minute_text(seconds: int) -> str:
    """Return the time of day of a moment in Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")
