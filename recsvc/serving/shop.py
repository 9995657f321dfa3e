"""What lists must know of the shop as it is now, beside the model."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsvc.cache.cache import Lease
from recsvc.catalogue.item import Item
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import NO_PLACEMENTS, Placements
from recsvc.serving.shop_categories import ShopCategories
from recsvc.serving.store_watch import NOTHING_HIDDEN, Mask


@dataclass(frozen=True)
class Facts:
    """What decides whether a shopper needs a list of their own.

    Attributes:
        has_events: did something that a list can be made from.
        has_dislikes: does not want to see some items, anywhere.
        lease: until when this holds; None where nothing can change it.
    """

    has_events: bool = False
    has_dislikes: bool = False
    lease: Lease | None = None


class Shop(Protocol):
    """The live shop; it never raises: what it cannot find out, it does not know."""

    @property
    def mask(self) -> Mask:
        """What must not be shown now."""

    @property
    def placements(self) -> Placements:
        """What the shop calls its placements, and their rules."""

    @property
    def categories(self) -> ShopCategories:
        """Which items are in which category."""

    def facts(self, who: UserKey) -> Facts:
        """Return what is known of someone of whom the model knows nothing, or whose list it does not matter for."""

    def events(self, who: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:
        """Return what ``live`` has not seen of the shopper, or None where that is nothing."""

    def shown_in_vain(self, who: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        """Return what the shopper was shown that often and never turned to; int32, shape (n,)."""

    def cold_start(self, live: LiveVersion) -> ColdStartItems:
        """Return the items that may be shown beside those of ``live``."""

    def is_erased(self, user_id: str) -> bool:
        """Return whether the shopper asked to be forgotten, as far as was heard."""

    def was_erased_by_now(self, user_id: str) -> bool:
        """Return whether the shopper asked to be forgotten, also a moment ago."""

    def unavailable(self, live: LiveVersion) -> NDArray[np.int32]:
        """Return the items that must not be shown now; int32, shape (n,)."""

    def restricted(self, item_id: str) -> Item | None:
        """Return what is known of an item that cannot, or one day could not, be shown; None for all others."""


class NoShop:
    """Where there is no store: nothing happens between two trainings; there may be rules."""

    mask = NOTHING_HIDDEN

    def __init__(self, placements: Placements = NO_PLACEMENTS) -> None:
        self.placements = placements
        self.categories = ShopCategories()

    def facts(self, who: UserKey) -> Facts:  # noqa: ARG002 - the contract's signature
        """Return that nobody has events."""
        return Facts()

    def events(self, who: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:  # noqa: ARG002
        """Return None."""
        return None

    def shown_in_vain(self, who: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:  # noqa: ARG002
        """Return no items."""
        return np.empty(0, dtype=np.int32)

    def cold_start(self, live: LiveVersion) -> ColdStartItems:
        """Return none."""
        return live.recommender.no_cold_start

    def is_erased(self, user_id: str) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def was_erased_by_now(self, user_id: str) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def unavailable(self, live: LiveVersion) -> NDArray[np.int32]:  # noqa: ARG002
        """Return no items."""
        return np.empty(0, dtype=np.int32)

    def restricted(self, item_id: str) -> Item | None:  # noqa: ARG002
        """Return None."""
        return None
