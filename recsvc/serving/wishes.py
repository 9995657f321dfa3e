"""What the shop wants of one list beside relevance: the rules of its placement, and the category asked for."""

from dataclasses import dataclass, replace

import numpy as np

from recsvc.ranking.live_history import LiveEvents
from recsvc.ranking.newcomers import Newcomers
from recsvc.ranking.query import Query
from recsvc.ranking.selection import EVERYTHING, Selection
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import CompiledPlacement
from recsvc.serving.shop import Shop
from recsvc.serving.shop_categories import Members


@dataclass(frozen=True, eq=False)
class Wishes:
    """Taken once for a question, so that its key and its list are of the same rules.

    Attributes:
        state: of all placements, read before the rules were.
        compiled: the rules; None where the placement has none.
        members: of the category.
    """

    state: object
    compiled: CompiledPlacement | None = None
    members: Members | None = None

    @classmethod
    def of(cls, live: LiveVersion, query: Query, shop: Shop) -> "Wishes":
        """Return those of ``query`` now."""
        state = shop.placements.state
        compiled = shop.placements.compiled(query.asked_for, live)
        members = None if query.category is None else shop.categories.members(live, query.category)
        return cls(state, compiled, members)

    @property
    def rotation(self) -> Rotation | None:
        """That of the rules."""
        return None if self.compiled is None else self.compiled.rules.rotation

    @property
    def ask_shopper(self) -> bool:
        """Whether the list depends on who asks, whatever the placement."""
        return self.rotation is not None or (self.compiled is not None and self.compiled.asks_shopper)

    @property
    def digest(self) -> str:
        """What tells these wishes from others; empty where there are none."""
        of_rules = "" if self.compiled is None else self.compiled.digest
        return of_rules if self.members is None else f"{of_rules}/{self.members.digest}"

    def selection(
        self, live: LiveVersion, query: Query, shop: Shop, events: LiveEvents | None, newcomers: Newcomers
    ) -> Selection:
        """Return what they say of the list for ``query``."""
        selection = EVERYTHING
        if self.compiled is not None:
            context = Context(live, query, lambda: events, shop.categories)
            selection = self.compiled.selection(context, newcomers)
        if self.members is not None and query.category is not None:
            new = [shop.categories.is_in(item_id, query.category) for item_id in newcomers.ids]
            members = np.concatenate([self.members.mask, np.asarray(new, dtype=bool)])
            selection = replace(
                selection, allowed=members if selection.allowed is None else selection.allowed & members
            )
        if self.rotation is None or query.shopper is None:
            return selection
        last = shop.shown_in_vain(query.shopper, live, self.rotation)
        return replace(selection, last=np.union1d(selection.last, last).astype(np.int32))
