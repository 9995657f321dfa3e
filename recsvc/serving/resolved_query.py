"""A query as one version of the model and the shop of this moment see it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from recsvc.cache.cache import Lease, Stamp
from recsvc.cache.key import ListKey, Making, list_key
from recsvc.cache.near import Reuse
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import Query, RecommendationList, Strategy
from recsvc.ranking.selection import EVERYTHING, OverFetch, Selection
from recsvc.rules.compiled_rules import CompiledRules
from recsvc.rules.evaluation import NOBODY, ListContext
from recsvc.serving.experiments import UNTREATED
from recsvc.serving.list_context import list_context
from recsvc.serving.live_catalogue import CategoryItems
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop import Basis, Facts, Shop

SPARE_ITEMS = 5
"""Lists are made so many items longer for each ten asked for, at least so many, so that they stay full."""


@dataclass(frozen=True, eq=False)
class ResolvedQuery:
    """What is made for a query, and the key that it is kept under.

    Attributes:
        asked: the query as it was asked.
        query: the one that all users with the same list share: of nobody, where the list is nobody's in particular.
        live: the version that answers.
        shop: what else answers.
        basis: of the answer, while nothing in it changes until the answer is made.
        rules: of the placement, compiled; None without any.
        category: the items of ``query.category``.
        cold_start: the items that may be shown beside those of the model.
        unknown: items in the query that neither the version nor ``cold_start`` know.
        is_familiar: whether every id in the query is one that the model or the store knows.
        lease: until when what is known of the user holds; None where nothing can change it.
        making: what else the key depends on.
        key: names the list.
        is_hold_out: whether the list is empty, so that what lists do can be measured.
        beside: items that other lists of the page show; no variant of their products is in this one.
        variant: ``experiment:variant`` that the user is in at this placement; empty outside of experiments.
    """

    asked: Query
    query: Query
    live: LiveVersion
    shop: Shop
    basis: Basis
    rules: CompiledRules | None
    category: CategoryItems | None
    cold_start: ColdStartItems
    unknown: frozenset[str]
    is_familiar: bool
    lease: Lease | None
    making: Making
    key: ListKey
    is_hold_out: bool = False
    beside: tuple[str, ...] = ()
    variant: str = ""

    @classmethod
    def of(cls, live: LiveVersion, asked: Query, shop: Shop) -> "ResolvedQuery":
        """Return ``asked`` as ``live`` and ``shop`` see it now, and as the shopper's variant of an experiment has it.

        A list that does not depend on the user, and that of a user of whom nothing is known, is kept once: made-up ids
        fill no cache.
        """
        basis, state, asked = shop.basis(live), shop.rules.state, asked.among(live.guests)
        basis = basis._replace(rules=state.number)
        treatment = shop.experiments.treatment_of(asked) or UNTREATED
        live, wanted = treatment.live or live, shop.profiled(treatment.query(asked))
        cold_start, user, rules = (
            shop.cold_start_items(live),
            wanted.shopper,
            state.compiled(treatment.rules or wanted.asked_for, live),
        )
        category = None if wanted.category is None else shop.catalogue.items_in(live, wanted.category)
        learned = is_learned(live, wanted, shop)
        is_personal = wanted.placement.is_personal or (rules is not None and rules.looks_at_user)
        is_held_out = treatment.is_hold_out
        is_known = learned and is_personal and not is_held_out
        facts = Facts() if user is None or is_known else shop.users.facts(user)
        is_own = (learned or facts.has_events) if is_personal else facts.has_dislikes
        query = wanted.for_shopper(user if is_own and not is_held_out else None)
        named = {*asked.item_ids, *asked.exclude}
        unknown = frozenset(item_id for item_id in named if cold_start.known.index_of(item_id) is None)
        is_stranger = user is not None and not (learned or facts.has_events)
        making = Making(
            live.recommender.diversity,
            _digest(rules, category, basis.variants),
            cold_start.share,
            treatment.digest,
        )
        return cls(
            asked=asked,
            query=query,
            live=live,
            shop=shop,
            basis=basis,
            rules=rules,
            category=category,
            cold_start=cold_start,
            unknown=unknown,
            is_familiar=not (is_stranger or unknown),
            lease=facts.lease,
            making=making,
            key=list_key(live.manifest.model_version, query, lambda item_id: item_id not in unknown, making),
            variant=treatment.label,
            is_hold_out=is_held_out,
        )

    def without(self, item_ids: Iterable[str]) -> "ResolvedQuery":
        """Return the same query, of the same user under the same rules, without known items and their variants."""
        more, making = tuple(item_ids), self.making
        if groups := self.shop.catalogue.variants.groups_of(more):
            making = making._replace(rules=f"{making.rules}~{_digest_of(groups)}")
        query = replace(self.query, exclude=(*self.query.exclude, *more))
        asked = replace(self.asked, exclude=(*self.asked.exclude, *more))
        version, unknown = self.key.model_version, self.unknown
        key = list_key(version, query, lambda item_id: item_id not in unknown, making)
        return replace(self, asked=asked, query=query, making=making, key=key, beside=more)

    def reuse(self, lease: Lease) -> Reuse | None:
        """Return until when an answer holds whose list has ``lease``: also only while the user did nothing new.

        None for a category: nobody tells when its items change, so each query looks.
        """
        if self.query.category is not None:
            return None
        if self.lease is not None and lease.bucket != self.lease.bucket:
            stamp = Stamp(lease.stamp.everyone, self.lease.stamp.user)
            lease = Lease(self.lease.bucket, stamp, min(lease.expires_at, self.lease.expires_at))
        return Reuse(lease, self.basis, self.is_familiar)

    def make(self) -> RecommendationList:
        """Return the list, longer than it was asked for; that of a hold-out is empty."""
        if self.is_hold_out:
            return RecommendationList(Strategy.TRENDING, ())
        events = self.events()
        return self.live.recommender.recommend(
            self.query, events, self.over_fetch, self.selection(events), self.cold_start
        )

    def events(self) -> LiveEvents | None:
        """Return what the model has not seen of the user."""
        user = self.query.shopper
        return None if user is None else self.shop.users.events(user, self.live, self.cold_start)

    @property
    def over_fetch(self) -> OverFetch:
        """How much longer the list is made than it was asked for."""
        return OverFetch(SPARE_ITEMS, self.shop.catalogue.unavailable_in(self.live))

    def selection(self, events: LiveEvents | None) -> Selection:
        """Return what the rules and the category say of the list of a user with these new events."""
        selection, rules, user = EVERYTHING, self.rules, self.query.shopper
        if rules is not None:
            selection = rules.selection(self._context(rules, events), self.cold_start)
        variants = self.shop.catalogue.variants.among(self.cold_start)
        if variants is not None:
            selection = _without_variants(replace(selection, variants=variants), self._places_beside())
        if self.category is not None:
            selection = self._within(self.category, selection)
        if rules is None or rules.rules.rotation is None or user is None:
            return selection
        last = self.shop.users.shown_in_vain(user, self.live, rules.rules.rotation)
        return replace(selection, last=np.union1d(selection.last, last).astype(np.int32))

    def _places_beside(self) -> list[int]:
        return self.cold_start.known.indices_of(self.beside)

    def _context(self, rules: CompiledRules, events: LiveEvents | None) -> ListContext:
        if not rules.context:
            return NOBODY
        return list_context(rules.context, self.live, self.query, events, self.shop.catalogue)

    def _within(self, category: CategoryItems, selection: Selection) -> Selection:
        """Return ``selection``, of the items of ``category`` alone."""
        name = self.query.category or ""
        new = [self.shop.catalogue.is_in(item_id, name) for item_id in self.cold_start.ids]
        is_in = np.concatenate([category.is_in, np.asarray(new, dtype=bool)])
        return replace(selection, allowed=is_in if selection.allowed is None else selection.allowed & is_in)


def is_learned(live: LiveVersion, asked: Query, shop: Shop) -> bool:
    """Return whether the model knows the user and they were not erased, in this spelling or in the one spelling."""
    user_id = asked.known_as
    if user_id is None or live.recommender.model.users.index_of(user_id) is None:
        return False
    return not shop.erasures.holds(asked.user_id or user_id)


def _without_variants(selection: Selection, items: Sequence[int]) -> Selection:
    """Return ``selection`` without the variants of the products of ``items``."""
    if selection.variants is None or not items:
        return selection
    groups = selection.variants[list(items)]
    may_be_shown = ~np.isin(selection.variants, groups[groups >= 0])
    allowed = may_be_shown if selection.allowed is None else selection.allowed & may_be_shown
    return replace(selection, allowed=allowed)


def _digest_of(groups: frozenset[str]) -> str:
    return blake2b("\0".join(sorted(groups)).encode(), digest_size=12).hexdigest()


def _digest(rules: CompiledRules | None, category: CategoryItems | None, variants: str) -> str:
    """Return what tells rules, category and variants from others; empty where there are none."""
    of_rules = "" if rules is None else rules.digest
    of_both = of_rules if category is None else f"{of_rules}/{category.digest}"
    return f"{of_both}#{variants}" if variants else of_both
