"""A question as one version sees it."""

from dataclasses import dataclass, replace

from recsvc.cache.cache import Lease, Stamp
from recsvc.cache.key import ListKey, Making, list_key
from recsvc.ranking.newcomers import Newcomers
from recsvc.ranking.query import PERSONAL, Query, RecommendationList, ShopperId
from recsvc.ranking.room import Room
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.mask import NOTHING_HIDDEN, Mask
from recsvc.serving.placements import NO_PLACEMENTS
from recsvc.serving.shop import Facts, Shop
from recsvc.serving.wishes import Wishes

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
class Asked:
    """A query as one version sees it: what is made for it, and the key it is kept under.

    ``unknown`` are the items in it that neither the version nor its ``newcomers`` know.
    """

    live: LiveVersion
    query: Query
    key: ListKey
    familiar: bool
    lease: Lease | None
    wishes: Wishes
    newcomers: Newcomers
    unknown: frozenset[str] = frozenset()

    @classmethod
    def of(cls, live: LiveVersion, query: Query, shop: Shop) -> "Asked":
        """Find the query that all shoppers with the same answer share.

        A list that does not depend on the shopper, and that of a shopper nobody knows, is kept once:
        made-up ids fill no cache.
        """
        newcomers, who = shop.newcomers(live), query.shopper
        is_learned = who is not None and _is_learned(live, who, shop)
        wishes = Wishes.of(live, query, shop)
        is_personal = query.placement in PERSONAL or wishes.ask_shopper
        facts = Facts() if who is None or (is_learned and is_personal) else shop.facts(who)
        is_own = (is_learned or facts.has_events) if is_personal else facts.has_dislikes
        shared = _asked_by(query, who) if is_own and who is not None else query.for_nobody()
        is_stranger = who is not None and not (is_learned or facts.has_events)
        named = {*query.item_ids, *query.exclude}
        unknown = frozenset(one for one in named if newcomers.known.index_of(one) is None)
        making = Making(live.recommender.diversity, wishes.digest, newcomers.share)
        key = list_key(live.manifest.model_version, shared, lambda one: one not in unknown, making)
        familiar = not (is_stranger or unknown)
        return cls(live, shared, key, familiar, facts.lease, wishes, newcomers, unknown)

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
        events = None if who is None else shop.events(who, self.live, self.newcomers)
        room = Room(SPARE_ITEMS, shop.unavailable(self.live))
        selection = self.wishes.selection(self.live, self.query, shop, events, self.newcomers)
        return self.live.recommender.recommend(self.query, events, room, selection, self.newcomers)


def _is_learned(live: LiveVersion, who: ShopperId, shop: Shop) -> bool:
    """Return whether the model knows the shopper and may."""
    if who.kind != "user" or live.recommender.model.users.index_of(who.external_id) is None:
        return False
    return not shop.is_erased(who.external_id)


def _asked_by(query: Query, who: ShopperId) -> Query:
    """Return the question of a shopper: of a user, the session says nothing."""
    return replace(query, session_id=None) if who.kind == "user" else query
