"""The rules of one placement, as a shop writes them."""

from dataclasses import dataclass
from typing import Literal

from recsvc.ranking.query import Placement


@dataclass(frozen=True)
class Boost:
    """Multiplies the score of the items that meet ``when`` by ``factor``, .01 to 100."""

    when: str
    factor: float


@dataclass(frozen=True)
class Pin:
    """Puts an item at a position, 1 for the first, from one moment to another (microseconds since 1970)."""

    item_id: str
    position: int
    from_us: int | None = None
    until_us: int | None = None

    def is_active_at(self, now_us: int) -> bool:
        """Return whether it holds at ``now_us``."""
        begun = self.from_us is None or self.from_us <= now_us
        return begun and (self.until_us is None or now_us < self.until_us)


@dataclass(frozen=True)
class Cap:
    """Lets at most ``at_most`` items of a list share one value of the field ``by``."""

    by: str
    at_most: int


@dataclass(frozen=True)
class Rotation:
    """Moves items behind all others that a shopper was shown so often within so many days and never turned to."""

    after_impressions: int = 5
    within_days: float = 14.0


@dataclass(frozen=True)
class PlacementRules:
    """A placement that a shop named, or rules for a built-in one.

    Attributes:
        name: what requests call it.
        base: the built-in placement that ranks it.
        filter: an expression (docs/rules.md) that each item of a list meets; None: any item.
        boosts: their factors multiply where an item meets several.
        pins: shown whatever the model thinks, while they may be shown and meet the filter.
        caps: of categories, or of an attribute.
        exclude_bought_days: what the shopper bought in so many days before the newest order is left out.
        min_stock: items whose attribute ``stock`` is known and below it are left out.
        rotation: what was shown in vain gives way to others.
        fill: what fills a list that is too short: items that sell and meet the filter, or nothing.
    """

    name: str
    base: Placement
    filter: str | None = None
    boosts: tuple[Boost, ...] = ()
    pins: tuple[Pin, ...] = ()
    caps: tuple[Cap, ...] = ()
    exclude_bought_days: float | None = None
    min_stock: float | None = None
    rotation: Rotation | None = None
    fill: Literal["trending", "none"] = "trending"
