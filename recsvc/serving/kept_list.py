"""A kept list as the JSON bytes that are sent."""

import hashlib
import json
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

from recsvc.cache.key import ListKey
from recsvc.ranking.query import Query, Recommendation, RecommendationList, Source

Row: TypeAlias = list[Any]

_FEWEST, _MOST = 5, 7
_DAYS = ("every_days", "last_days_ago")


@dataclass(frozen=True)
class KeptList:
    """A list, longer than it was asked for; attributes as above."""

    strategy: str
    words: list[str]
    rows: list[Row]

    @classmethod
    def of(cls, made: RecommendationList) -> "KeptList":
        """Return a list as it is kept."""
        words: dict[str, int] = {}
        rows = [_row(item, words) for item in made.items]
        return cls(str(made.strategy), list(words), rows)

    @classmethod
    def read(cls, kept: bytes) -> "KeptList | None":
        """Return the list in ``kept``, or None where there is none: others may write to Redis too."""
        try:
            found = json.loads(kept)
            read = cls(found["strategy"], found["words"], found["items"])
            return read if read._makes_sense() else None
        except (ValueError, LookupError, TypeError):
            return None

    def to_bytes(self) -> bytes:
        """Return what is kept."""
        kept = {"strategy": self.strategy, "words": self.words, "items": self.rows}
        return json.dumps(kept, separators=(",", ":"), allow_nan=False).encode()

    def visible(self, hidden: frozenset[str]) -> list[Row]:
        """Return the rows that are not ``hidden``; a pinned one keeps its rank when others before it are."""
        if not hidden:
            return self.rows
        shown = [row for row in self.rows if row[0] not in hidden]
        if Source.RULE not in self.words:
            return shown
        pin = self.words.index(Source.RULE)
        placed = [row for row in shown if row[2] != pin]
        for place, row in enumerate(self.rows):
            if row[2] == pin and row[0] not in hidden:
                placed.insert(place, row)
        scores = accumulate((row[1] for row in placed), min)
        return [[row[0], score, *row[2:]] for row, score in zip(placed, scores, strict=True)]

    def item(self, row: Row, rank: int) -> dict[str, Any]:
        """Return a row as it stands in an answer; what is not known of its reason is left out."""
        words = self.words
        reason: dict[str, Any] = {"type": words[row[3]]}
        if row[4]:
            reason["item_ids"] = [words[one] for one in row[4]]
        if len(row) > _FEWEST:
            days = zip(_DAYS, row[_FEWEST:], strict=False)
            reason |= {name: value for name, value in days if value is not None}
        return {"item_id": row[0], "rank": rank, "score": row[1], "source": words[row[2]], "reason": reason}

    def _makes_sense(self) -> bool:
        n = len(self.words)
        return isinstance(self.strategy, str) and all(
            _FEWEST <= len(row) <= _MOST
            and min(row[2], row[3], *row[4]) >= 0
            and max(row[2], row[3], *row[4]) < n
            for row in self.rows
        )


def _row(item: Recommendation, words: dict[str, int]) -> Row:
    def place(word: str) -> int:
        return words.setdefault(word, len(words))

    reason = item.reason
    because = [place(one) for one in reason.item_ids]
    row = [item.item_id, item.score, place(str(item.source)), place(str(reason.type)), because]
    days = [reason.every_days, reason.last_days_ago]
    while days and days[-1] is None:
        days.pop()
    return row + days


_NOBODY = b'{"user_id":null,'


def render(kept: KeptList, query: Query, key: ListKey, hidden: frozenset[str]) -> bytes:
    """Return the answer to ``query``: the first ``query.n`` of the items kept under ``key`` that are not ``hidden``."""
    rows = kept.visible(hidden)[: query.n]
    return _json(
        {
            "user_id": query.user_id,
            "recommendation_id": hashlib.blake2b("|".join(key[:3]).encode(), digest_size=12).hexdigest(),
            "placement": query.asked_for,
            "strategy": kept.strategy,
            "model_version": key.model_version,
            "items": [kept.item(row, rank) for rank, row in enumerate(rows, start=1)],
        }
    )


def addressed(body: bytes, made_for: Query, query: Query) -> bytes:
    """Put the asker's id into a body that was made for nobody in particular."""
    if made_for.user_id == query.user_id:
        return body
    return b'{"user_id":' + _json(query.user_id) + b"," + body[len(_NOBODY) :]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
