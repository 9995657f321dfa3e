"""What a shop shares with the others that the same worker serves."""

from dataclasses import dataclass, field
from threading import BoundedSemaphore

from recsvc.serving.fair_slots import FairSlots, ShopSlots
from recsvc.tracing.tracing import OFF, Tracing

STORE_CONNECTIONS, LIST_CONNECTIONS = 2, 4
"""To the database of each shop, in each worker: for events and pages, and for lists."""


@dataclass(frozen=True)
class Neighbourhood:
    """What there is once in a worker for all its shops.

    Attributes:
        slots: for making lists.
        trials: how many new versions are tried at a time.
        countings: how many processes count outcomes at a time.
        tracing: what makes spans, if anything does.
    """

    slots: FairSlots
    trials: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(1))
    countings: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(2))
    tracing: Tracing = OFF

    def place(self, shop: str) -> "Place":
        """Return the place of one more shop."""
        return Place(shop, self, self.slots.of_a_shop())


@dataclass(frozen=True)
class Place:
    """The place of one shop among its neighbours.

    Attributes:
        shop: its name.
        beside: what it shares.
        slots: for its lists.
    """

    shop: str
    beside: Neighbourhood
    slots: ShopSlots
