"""How often an item is clicked where it is seen: what the ranker adds to a score, and how its text says so."""

import json
from dataclasses import dataclass
from math import isfinite

from recsvc.errors import DamagedModelError

APPEAL = "item_appeal"
"""The last feature, where a model has it: ``Model.item_appeal`` of each candidate."""

APPEAL_WORDS = "how often it is clicked where it is seen"

_BEGINNING = '{"item_appeal"'


@dataclass(frozen=True)
class AppealWeight:
    """What the appeal of an item counts.

    Attributes:
        share: of the usual difference between scores of one list; above 0.
        weight: the same in the unit of the scores: what an appeal of 1 adds.
    """

    share: float
    weight: float

    def __post_init__(self) -> None:
        """Raise ValueError for weights that are not finite and above 0."""
        for value in (self.share, self.weight):
            if not (isfinite(value) and value > 0):
                raise ValueError(f"the weight of appeal must be finite and above 0, got {value}")

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.share:g} appeal"

    def written(self, text: str) -> str:
        """Return the ``text`` of a ranker with this weight in its first line."""
        return f"{json.dumps({APPEAL: [self.share, self.weight]})}\n{text}"

    @classmethod
    def parted(cls, text: str) -> "tuple[AppealWeight | None, str]":
        """Return the weight that ``text`` begins with, None without one, and the text of the ranker alone.

        Raises DamagedModelError for a first line that says something else of appeal.
        """
        if not text.startswith(_BEGINNING):
            return None, text
        first, _, rest = text.partition("\n")
        try:
            share, weight = json.loads(first)[APPEAL]
            return cls(float(share), float(weight)), rest
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedModelError(f"the weight of appeal in a ranker cannot be read: {error}") from error
