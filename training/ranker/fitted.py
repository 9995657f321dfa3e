"""A ranker that was learned, and what for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recsvc.ranking.appeal import AppealWeight
from recsvc.ranking.personal_places import PersonalPlaces


@dataclass(frozen=True)
class AppealTrial:
    """What the appeal of items said of clicks in the window that decided.

    Attributes:
        clicks: how many there were to decide by.
        adds: what an appeal of 1 added to the logarithm of the odds that an item of a list was clicked; None where the
            clicks were too few.
        error: its standard error.
        loses: whether too much of what was bought fell behind.
    """

    clicks: int
    adds: float | None = None
    error: float = 0.0
    loses: bool = False


@dataclass(frozen=True)
class FittedRanker:
    """A ranker, and how it was chosen.

    Attributes:
        text: of the trees or of the blend.
        kind: ``trees`` or what the blend is of.
        quality: mean of recall at 20 and NDCG at 10 of each contender on the newest window, best first.
        since: when it was learned; None: in this run.
        places: those of the first ten that it leaves to what the user's purchases say.
        appeal: what the appeal of items counts beside ``text``; None: nothing.
        trial: how that was decided; None where there was nothing to decide.
    """

    text: str
    kind: str
    quality: dict[str, float]
    since: datetime | None = None
    places: PersonalPlaces | None = None
    appeal: AppealWeight | None = None
    trial: AppealTrial | None = None

    @property
    def name(self) -> str:
        """What it is called among those that it is compared with."""
        return ", ".join(str(part) for part in (self.kind, self.appeal, self.places) if part is not None)

    @property
    def written(self) -> str:
        """What ``recsvc.ranking.ranker.read_ranker`` reads: the text, behind appeal and the personal places."""
        text = self.text if self.appeal is None else self.appeal.written(self.text)
        return text if self.places is None else self.places.written(text)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        moment = {} if self.since is None else {"since": self.since.isoformat(timespec="seconds")}
        n = 0 if self.places is None else self.places.n
        appeal = {} if self.appeal is None else {"appeal": self.appeal.share}
        return {"kind": self.kind, "personal_places": n, **appeal, "validation": self.quality, **moment}


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
