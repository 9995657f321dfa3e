"""A list as every cache keeps it: JSON in which no text of a reason stands twice.

::

    {"strategy": "personalized", "words": ["22423", "als", "because_you_bought"],
     "items": [["85123A", 0.81, 1, 2, [0]], ...]}

A row is one item: its id and score, and as places in ``words`` its source, the type of the reason and the items
behind it; then the days of the reason, where there are any. Its rank is the place of the row.
"""

import json
from typing import Any

from recsvc.ranking.query import Reason, ReasonType, Recommendation, RecommendationList, Source, Strategy


def pack(made: RecommendationList) -> bytes:
    """Return the list as it is kept."""
    words: dict[str, int] = {}
    rows = [_row(item, words) for item in made.items]
    kept = {"strategy": made.strategy, "words": list(words), "items": rows}
    return json.dumps(kept, separators=(",", ":"), allow_nan=False).encode()


def unpack(kept: bytes) -> RecommendationList | None:
    """Return the list in ``kept``, or None where there is none: others may write to Redis too."""
    try:
        found = json.loads(kept)
        words = found["words"]
        items = [_item(row, rank, words) for rank, row in enumerate(found["items"], start=1)]
        return RecommendationList(Strategy(found["strategy"]), tuple(items))
    except (ValueError, LookupError, TypeError):
        return None


def _row(item: Recommendation, words: dict[str, int]) -> list[Any]:
    def place(word: str) -> int:
        return words.setdefault(word, len(words))

    reason = item.reason
    because = [place(one) for one in reason.item_ids]
    row = [item.item_id, item.score, place(item.source), place(reason.type), because]
    days = [reason.every_days, reason.last_days_ago]
    while days and days[-1] is None:
        days.pop()
    return row + days


def _item(row: list[Any], rank: int, words: list[str]) -> Recommendation:
    item_id, score, source, kind, because, *days = row
    reason = Reason(ReasonType(words[kind]), tuple(words[one] for one in because), *days)
    return Recommendation(item_id, rank, score, Source(words[source]), reason)
