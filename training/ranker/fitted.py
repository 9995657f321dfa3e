"""A ranker that was learned, and what for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recsvc.ranking.personal_places import PersonalPlaces


@dataclass(frozen=True)
class FittedRanker:
    """A ranker, and how it was chosen.

    Attributes:
        text: of the trees or of the blend.
        kind: ``trees`` or what the blend is of.
        quality: mean of recall at 20 and NDCG at 10 of each contender on the newest window, best first.
        since: when it was learned; None: in this run.
        places: those of the first ten that it leaves to what the user's purchases say.
    """

    text: str
    kind: str
    quality: dict[str, float]
    since: datetime | None = None
    places: PersonalPlaces | None = None

    @property
    def name(self) -> str:
        """What it is called among those that it is compared with."""
        return self.kind if self.places is None else f"{self.kind}, {self.places}"

    @property
    def written(self) -> str:
        """What ``recsvc.ranking.ranker.read_ranker`` reads: the text, behind the personal places."""
        return self.text if self.places is None else self.places.written(self.text)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moment = {} if self.since is None else {"since": self.since.isoformat(timespec="seconds")}
        n = 0 if self.places is None else self.places.n
        return {"kind": self.kind, "personal_places": n, "validation": self.quality, **moment}


@dataclass(frozen=True)
class Aim:
    """What a ranker is learned for.

    Attributes:
        objective: of the trees.
        is_varied: whether users should see different items: where they do not, the last of the first ten places go to
            what their purchases say, as far as that is level.
    """

    objective: str
    is_varied: bool = False
