"""What an explanation consists of: why an item is at its place in a list, or what kept it out."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.explain.topics import Topic
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import Placement, Reason, Strategy
from recsvc.ranking.selection import EVERYTHING, EXACTLY_N, OverFetch, Selection


class Obstacle(StrEnum):
    """What keeps an item out of a list; of several, the first that is named here."""

    HELD_OUT = "held_out"
    UNKNOWN_ITEM = "unknown_item"
    CONTEXT = "context"
    EXCLUDED = "excluded"
    DISLIKED = "disliked"
    WITHDRAWN = "withdrawn"
    OUT_OF_STOCK = "out_of_stock"
    NOT_YET_AVAILABLE = "not_yet_available"
    NO_LONGER_AVAILABLE = "no_longer_available"
    FILTER = "filter"
    RECENTLY_BOUGHT = "recently_bought"
    ALREADY_BOUGHT = "already_bought"
    NEVER_BOUGHT = "never_bought"
    VARIANT_BOUGHT = "variant_bought"
    NOT_A_CANDIDATE = "not_a_candidate"
    VARIANT = "variant"
    CAP = "cap"
    ROTATION = "rotation"
    DIVERSITY = "diversity"
    RANK = "rank"


class Standing(StrEnum):
    """What is known of the shopper whom a list is for."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    ERASED = "erased"
    GUEST = "guest"
    ANYBODY = "anybody"


@dataclass(frozen=True)
class KeptOut:
    """What kept an item out of a list, and the particulars in words."""

    what: Obstacle
    detail: str


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What a list depends on beside the model and the query.

    Attributes:
        live: what the model has not seen of the user.
        over_fetch: how much longer the list is made, and which items are unavailable.
        selection: what the placement rules say.
        unavailable: why the item in question is unavailable; None where it is not.
        cold_start: items that only the catalogue knows; None: there are none.
    """

    live: LiveEvents | None = None
    over_fetch: OverFetch = EXACTLY_N
    selection: Selection = EVERYTHING
    unavailable: KeptOut | None = None
    cold_start: ColdStartItems | None = None

    def can_show(self, item: int) -> bool:
        """Return whether the item is available."""
        return not np.isin(item, self.over_fetch.unavailable)


@dataclass(frozen=True)
class SourceView:
    """What one source thinks of the item.

    Attributes:
        source: its name.
        score: what it gives the item; compares only within the source.
        rank: place among the items with a positive score, 1 for the highest; None without such a score.
        n_scored: how many items have one.
        proposed: whether the source made the item a candidate.
    """

    source: str
    score: float
    rank: int | None
    n_scored: int
    proposed: bool


@dataclass(frozen=True)
class FeatureView:
    """What the ranker knows of the item, and how much that adds to its score.

    Attributes:
        name: of the feature.
        value: None where unknown.
        contribution: what it adds to the score.
        topic: what it is about, as a shopper hears it.
    """

    name: str
    value: float | None
    contribution: float
    topic: Topic = Topic.UNSAID


@dataclass(frozen=True)
class Purchase:
    """A purchase that speaks for the item, or another item that the user looks at or showed interest in.

    Attributes:
        item_id: what was bought.
        share: part of all that speaks for the item; all shares add up to 1.
        orders: in how many orders; 0 for interest, None for what the user looks at.
        last_days_ago: days from the last of them to the newest known; None where undated.
    """

    item_id: str
    share: float
    orders: int | None = None
    last_days_ago: int | None = None


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the ranker thinks of the item, candidate or not.

    Attributes:
        score: its raw score: ``base`` and the contributions of all features added up.
        base: what every item gets.
        features: largest contribution, up or down, first.
        repeats: whether it judges what the user bought beside what is new to them.
    """

    score: float
    base: float
    features: tuple[FeatureView, ...]
    repeats: bool = True


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why an item is where it is.

    Attributes:
        strategy: how the list came about.
        n_shown: how many items are shown.
        placement: the built-in placement that ranks the list.
        rank: place in the list, 1 for the first; None where it is not shown.
        score: as in the list.
        reason: as in the list.
        kept_out_by: what kept it out; None where it is shown.
        candidate_rank: place among all candidates, 1 for the first; None where it is none.
        n_candidates: how many there are.
        sources: those that took part in the list.
        judgement: the ranker's; None where the list is made without it.
        due_within_week: ``buy_again``: probability that the user buys it again within a week.
        because_of: what speaks for the item, strongest first.
    """

    strategy: Strategy
    n_shown: int
    n_candidates: int
    placement: Placement
    kept_out_by: KeptOut | None = None
    rank: int | None = None
    score: float | None = None
    reason: Reason | None = None
    candidate_rank: int | None = None
    sources: tuple[SourceView, ...] = ()
    judgement: Judgement | None = None
    due_within_week: float | None = None
    because_of: tuple[Purchase, ...] = field(default=())
