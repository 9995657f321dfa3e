"""A ranker that was learned, and what for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class FittedRanker:
    """A ranker, and how it was chosen.

    Attributes:
        text: what ``recsvc.ranking.ranker.read_ranker`` reads.
        kind: ``trees`` or what the blend is of.
        quality: mean of recall at 20 and NDCG at 10 of each contender on the newest window, best first.
        since: when it was learned; None: in this run.
        rarity: to trees a purchase counts by this power of the number of buyers less.
    """

    text: str
    kind: str
    quality: dict[str, float]
    since: datetime | None = None
    rarity: float = 0.0

    @property
    def name(self) -> str:
        """What it is called among those that it is compared with."""
        return f"{self.kind}, rarity {self.rarity:g}" if self.rarity else self.kind

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moment = {} if self.since is None else {"since": self.since.isoformat(timespec="seconds")}
        return {"kind": self.kind, "rarity": self.rarity, "validation": self.quality, **moment}


@dataclass(frozen=True)
class Aim:
    """What a ranker is learned for.

    Attributes:
        objective: of the trees.
        is_varied: whether users should see different items: of rankers that are level the one is taken that shows as
            many items as there are users, or the most.
    """

    objective: str
    is_varied: bool = False
