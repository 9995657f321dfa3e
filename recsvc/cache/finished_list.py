"""A finished list as the caches keep it: rows and words, with nothing of the query that asked for it."""

import json
from collections.abc import Set
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from typing import Any, TypeAlias

from recsvc.ranking.query import Recommendation, RecommendationList, Source

Row: TypeAlias = tuple[Any, ...]
"""Item id, score, places among the words of source, reason and the reason's items; then days, where they are known."""

_SHORTEST, _LONGEST = 5, 7
_DAYS = ("every_days", "last_days_ago")


@dataclass(frozen=True)
class FinishedList:
    """A list, longer than it was asked for.

    Attributes:
        strategy: how it came about.
        words: each text of the reasons and sources once.
        rows: best first.
        recommendation_id: of a list on a kept page; a list that is kept alone is named by its key.
    """

    strategy: str
    words: list[str]
    rows: list[Row]
    recommendation_id: str = ""

    @classmethod
    def of(cls, made: RecommendationList) -> "FinishedList":
        """Return a list as it is kept."""
        words: dict[str, int] = {}
        rows = [_row(item, words) for item in made.items]
        return cls(str(made.strategy), list(words), rows)

    def available(self, unavailable: Set[str]) -> list[Row]:
        """Return the rows of the other items; a pinned one keeps its rank when those before it are left out."""
        if not unavailable:
            return self.rows
        shown = [row for row in self.rows if row[0] not in unavailable]
        if Source.RULE not in self.words:
            return shown
        pin = self.words.index(Source.RULE)
        placed = [row for row in shown if row[2] != pin]
        for place, row in enumerate(self.rows):
            if row[2] == pin and row[0] not in unavailable:
                placed.insert(place, row)
        scores = accumulate((row[1] for row in placed), min)
        return [(row[0], score, *row[2:]) for row, score in zip(placed, scores, strict=True)]

    def item(self, row: Row, rank: int) -> dict[str, Any]:
        """Return a row as it stands in an answer; what is not known of its reason is left out."""
        words = self.words
        reason: dict[str, Any] = {"type": words[row[3]]}
        if row[4]:
            reason["item_ids"] = [words[place] for place in row[4]]
        if len(row) > _SHORTEST:
            days = zip(_DAYS, row[_SHORTEST:], strict=False)
            reason |= {name: value for name, value in days if value is not None}
        return {"item_id": row[0], "rank": rank, "score": row[1], "source": words[row[2]], "reason": reason}

    def _makes_sense(self) -> bool:
        return (
            isinstance(self.strategy, str)
            and isinstance(self.recommendation_id, str)
            and isinstance(self.words, list)
            and all(isinstance(word, str) for word in self.words)
            and all(_is_row(row, len(self.words)) for row in self.rows)
        )


def _is_row(row: Row, n_words: int) -> bool:
    """Return whether ``row``, of values of JSON, is one, with places among so many words."""
    if not _SHORTEST <= len(row) <= _LONGEST:
        return False
    item_id, score, source, reason, items, *days = row
    return (
        isinstance(item_id, str)
        and type(score) in (int, float)
        and isfinite(score)
        and all(type(place) is int and 0 <= place < n_words for place in (source, reason, *items))
        and all(number is None or type(number) is int for number in days)
    )


class Kept(tuple[FinishedList, ...]):
    """What stands under a key: one list, or the lists of a page. It is packed once, however many caches keep it."""

    _packed: bytes | None = None

    def pack(self) -> bytes:
        """Return the lists as JSON."""
        if self._packed is None:
            packed = [
                {"strategy": made.strategy, "words": made.words, "items": made.rows}
                | ({"id": made.recommendation_id} if made.recommendation_id else {})
                for made in self
            ]
            self._packed = json.dumps(packed, separators=(",", ":"), allow_nan=False).encode()
        return self._packed

    @classmethod
    def unpack(cls, packed: bytes) -> "Kept | None":
        """Return what ``pack`` packed, or None where it was something else: others may write to Redis too."""
        try:
            values = json.loads(packed.decode())
            if b"\\ud" in packed.lower():  # halves of surrogate pairs could not be answered
                json.dumps(values, ensure_ascii=False).encode()
            kept = cls(
                FinishedList(
                    found["strategy"],
                    found["words"],
                    [_read_row(row) for row in found["items"]],
                    found.get("id", ""),
                )
                for found in values
            )
            if not kept or not all(made._makes_sense() for made in kept):
                return None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            return None
        kept._packed = packed
        return kept


def _read_row(row: list[Any]) -> Row:
    row[4] = tuple(row[4])
    return tuple(row)


def _row(item: Recommendation, words: dict[str, int]) -> Row:
    def place(word: str) -> int:
        return words.setdefault(word, len(words))

    reason = item.reason
    because = tuple(place(item_id) for item_id in reason.item_ids)
    days = [reason.every_days, reason.last_days_ago]
    while days and days[-1] is None:
        days.pop()
    return item.item_id, item.score, place(str(item.source)), place(str(reason.type)), because, *days
