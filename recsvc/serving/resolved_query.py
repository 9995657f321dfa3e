"""A question as one version sees it."""

from dataclasses import dataclass, replace

import numpy as np

from recsvc.cache.cache import Lease, Stamp
from recsvc.cache.key import ListKey, Making, list_key
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import PERSONAL, Query, RecommendationList, UserKey
from recsvc.ranking.selection import EVERYTHING, OverFetch, Selection
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import NO_PLACEMENTS, CompiledPlacement
from recsvc.serving.shop import Facts, Shop
from recsvc.serving.shop_categories import Members
from recsvc.serving.store_watch import NOTHING_HIDDEN, Mask


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
        self,
        live: LiveVersion,
        query: Query,
        shop: Shop,
        events: LiveEvents | None,
        cold_start: ColdStartItems,
    ) -> Selection:
        """Return what they say of the list for ``query``."""
        selection = EVERYTHING
        if self.compiled is not None:
            context = Context(live, query, lambda: events, shop.categories)
            selection = self.compiled.selection(context, cold_start)
        if self.members is not None and query.category is not None:
            new = [shop.categories.is_in(item_id, query.category) for item_id in cold_start.ids]
            members = np.concatenate([self.members.mask, np.asarray(new, dtype=bool)])
            selection = replace(
                selection, allowed=members if selection.allowed is None else selection.allowed & members
            )
        if self.rotation is None or query.shopper is None:
            return selection
        last = shop.shown_in_vain(query.shopper, live, self.rotation)
        return replace(selection, last=np.union1d(selection.last, last).astype(np.int32))


SPARE_ITEMS = 5
"""Lists are kept so many items, and half as many again as asked, longer, so that they stay full."""


@dataclass(frozen=True)
class Reuse:
    """Until when the same bytes answer the same question: while version, lease, mask and rules are the same.

    ``rules`` is the state of the shop's placements. ``familiar`` says that every id in the question is one that the
    model or the store knows.
    """

    lease: Lease
    familiar: bool
    mask: Mask = NOTHING_HIDDEN
    rules: object = NO_PLACEMENTS.state


@dataclass(frozen=True)
class ResolvedQuery:
    """A query as one version sees it: what is made for it, and the key it is kept under.

    ``unknown`` are the items in it that neither the version nor its ``newcomers`` know.
    """

    live: LiveVersion
    query: Query
    key: ListKey
    familiar: bool
    lease: Lease | None
    wishes: Wishes
    cold_start: ColdStartItems
    unknown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, live: LiveVersion, query: Query, shop: Shop) -> "ResolvedQuery":
        """Find the query that all shoppers with the same answer share.

        A list that does not depend on the shopper, and that of a shopper nobody knows, is kept once:
        made-up ids fill no cache.
        """
        cold_start, who = shop.cold_start(live), query.shopper
        is_learned = who is not None and _is_learned(live, who, shop)
        wishes = Wishes.of(live, query, shop)
        is_personal = query.placement in PERSONAL or wishes.ask_shopper
        facts = Facts() if who is None or (is_learned and is_personal) else shop.facts(who)
        is_own = (is_learned or facts.has_events) if is_personal else facts.has_dislikes
        shared = _asked_by(query, who) if is_own and who is not None else query.for_nobody()
        is_stranger = who is not None and not (is_learned or facts.has_events)
        named = {*query.item_ids, *query.exclude}
        unknown = frozenset(one for one in named if cold_start.known.index_of(one) is None)
        making = Making(live.recommender.diversity, wishes.digest, cold_start.share)
        key = list_key(live.manifest.model_version, shared, lambda one: one not in unknown, making)
        familiar = not (is_stranger or unknown)
        return cls(live, shared, key, familiar, facts.lease, wishes, cold_start, unknown)

    def reuse(self, lease: Lease, mask: Mask) -> Reuse | None:
        """Return until when an answer holds whose list has ``lease``: also only while the shopper did nothing new.

        None: nobody tells when the items of a category change, so each question looks.
        """
        if self.query.category is not None:
            return None
        if self.lease is not None and lease.bucket != self.lease.bucket:
            stamp = Stamp(lease.stamp.everyone, self.lease.stamp.owner)
            lease = Lease(self.lease.bucket, stamp, min(lease.expires_at, self.lease.expires_at))
        return Reuse(lease, self.familiar, mask, self.wishes.state)

    def make(self, shop: Shop) -> RecommendationList:
        """Return the list, longer than it was asked for."""
        who = self.query.shopper
        events = None if who is None else shop.events(who, self.live, self.cold_start)
        over_fetch = OverFetch(SPARE_ITEMS, shop.unavailable(self.live))
        selection = self.wishes.selection(self.live, self.query, shop, events, self.cold_start)
        return self.live.recommender.recommend(self.query, events, over_fetch, selection, self.cold_start)


def _is_learned(live: LiveVersion, who: UserKey, shop: Shop) -> bool:
    """Return whether the model knows the shopper and may."""
    if who.kind != "user" or live.recommender.model.users.index_of(who.external_id) is None:
        return False
    return not shop.is_erased(who.external_id)


def _asked_by(query: Query, who: UserKey) -> Query:
    """Return the question of a shopper: of a user, the session says nothing."""
    return replace(query, session_id=None) if who.kind == "user" else query
