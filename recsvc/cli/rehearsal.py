"""What rules would change in the lists of a sample of shoppers, and what that costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.history import history_of
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.query import MAX_N, NEEDS_ITEMS, Placement, Query, UserKey
from recsvc.rules.placement_rules import PlacementRules, Rotation
from recsvc.serving.kept_list import KeptList
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.placements import NO_PLACEMENTS, Placements
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Facts, Shop
from recsvc.serving.shop_categories import ShopCategories
from recsvc.serving.store_watch import Mask

Purchases = Callable[[str], frozenset[str]]
"""What a shopper, by their id, bought after the newest order of the model."""


@dataclass(frozen=True)
class Change:
    """The list of one shopper without rules and with them.

    Attributes:
        before, after: item ids, best first.
        kept: share of the discounted score of ``before`` that ``after`` has; None for an empty list.
        recall_before, recall_after: of what the shopper bought since; None where that is nothing.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    kept: float | None
    recall_before: float | None = None
    recall_after: float | None = None

    @property
    def n_other(self) -> int:
        """How many items are in the list that were not, or not any more, whichever are more."""
        return max(len(set(self.after) - set(self.before)), len(set(self.before) - set(self.after)))


@dataclass(frozen=True)
class Rehearsal:
    """Makes lists of ``n`` items without rules and with those of ``shop``, from what the model alone knows.

    Without what happened since, so that this can tell how well each list foresaw it; with what cannot be shown now.
    """

    live: LiveVersion
    shop: Shop
    n: int = 10
    purchases: Purchases = lambda _user_id: frozenset()

    def sample(self, n_shoppers: int, seed: int = 1) -> list[str]:
        """Return the ids of ``n_shoppers`` who bought something and were not erased, of all where they are fewer."""
        model = self.live.recommender.model
        users = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(model.history.indptr)))
        known = (model.users.id_of(user) for user in users.tolist())
        living = (user_id for user_id in known if not self.shop.is_erased(user_id))
        return [user_id for user_id, _ in zip(living, range(n_shoppers), strict=False)]

    def change(self, rules: PlacementRules, user_id: str) -> Change:
        """Return what ``rules`` change for the shopper; the product page or cart is what they bought last."""
        own_name = None if rules.name in set(Placement) else rules.name
        items = (self._last_bought(user_id),) if rules.base in NEEDS_ITEMS else ()
        query = Query(rules.base, self.n, user_id, items)
        before = _AsLearned(self.shop, NO_PLACEMENTS)
        after = _AsLearned(self.shop, self.shop.placements)
        without = tuple(self._scored(query, before))
        named = Query(rules.base, self.n, user_id, items, name=own_name)
        with_rules = tuple(self._scored(named, after))
        gains = self._scored(Query(rules.base, MAX_N, user_id, items), before)
        bought = self.purchases(user_id)
        return Change(
            without,
            with_rules,
            _kept(without, with_rules, gains),
            _recall(without, bought, self.n),
            _recall(with_rules, bought, self.n),
        )

    def _scored(self, query: Query, shop: Shop) -> Mapping[str, float]:
        """Return the items that the shopper would see, best first, with their scores."""
        made = KeptList.of(ResolvedQuery.of(self.live, query, shop).make(shop))
        return {row[0]: row[1] for row in made.visible(self.shop.mask.hidden)[: query.n]}

    def _last_bought(self, user_id: str) -> str:
        model = self.live.recommender.model
        user = model.users.index_of(user_id)
        history = history_of(model, 0 if user is None else user)
        return model.items.id_of(int(history.items[history.age_days.argmin()]))


@dataclass(frozen=True)
class Summary:
    """What the rules of one placement change for a sample of shoppers.

    Attributes:
        placement: its name.
        n_shoppers: of the sample.
        n_changed: whose lists are others, or in another order.
        mean_other: items of a list that are others.
        n_short: lists with fewer items than without rules; ``n_empty`` of them without any.
        kept: mean share of the discounted score that is kept.
        n_buyers: who bought something after the newest order of the model.
        recall_before, recall_after: of what these bought, in the lists; None where nobody did.
        examples: up to three lists that changed, those that changed most first.
    """

    placement: str
    n_shoppers: int
    n_changed: int
    mean_other: float
    n_short: int
    n_empty: int
    kept: float | None
    n_buyers: int
    recall_before: float | None
    recall_after: float | None
    examples: tuple[Change, ...] = ()


def summary(placement: str, changes: list[Change]) -> Summary:
    """Return ``changes``, one a shopper, in figures."""
    changed = [one for one in changes if one.before != one.after]
    short = [one for one in changes if len(one.after) < len(one.before)]
    recalls = [(one.recall_before, one.recall_after) for one in changes if one.recall_before is not None]
    return Summary(
        placement=placement,
        n_shoppers=len(changes),
        n_changed=len(changed),
        mean_other=sum(one.n_other for one in changes) / max(len(changes), 1),
        n_short=len(short),
        n_empty=sum(not one.after for one in short),
        kept=_mean([one.kept for one in changes]),
        n_buyers=len(recalls),
        recall_before=_mean([before for before, _ in recalls]),
        recall_after=_mean([after for _, after in recalls]),
        examples=_examples(changed),
    )


def _examples(changed: list[Change]) -> tuple[Change, ...]:
    """Return three that differ, those that changed most first."""
    distinct = {(one.before, one.after): one for one in changed}
    return tuple(sorted(distinct.values(), key=lambda one: -one.n_other)[:3])


def _kept(before: tuple[str, ...], after: tuple[str, ...], gains: Mapping[str, float]) -> float | None:
    """Return DCG of ``after`` / DCG of ``before``: the gain of an item is its score without rules.

    An item that is not among the first ``MAX_N`` without rules has none. Järvelin, Kekäläinen: Cumulated gain-based
    evaluation of IR techniques (ACM TOIS 2002).
    """
    whole = _discounted(before, gains)
    return _discounted(after, gains) / whole if whole else None


def _discounted(items: tuple[str, ...], gains: Mapping[str, float]) -> float:
    return float(sum(gains.get(item, 0.0) / np.log2(rank + 1) for rank, item in enumerate(items, start=1)))


def _recall(items: tuple[str, ...], bought: frozenset[str], n: int) -> float | None:
    """Return hits / min(n, bought), as the reports of a training do; None where nothing was bought."""
    return len(bought & set(items)) / min(n, len(bought)) if bought else None


def _mean(values: list[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None


class _AsLearned:
    """A shop in which nothing happened since the model learned; what cannot be shown, and impressions, are of now."""

    def __init__(self, shop: Shop, placements: Placements) -> None:
        self._shop = shop
        self.placements = placements

    @property
    def mask(self) -> Mask:
        return self._shop.mask

    @property
    def categories(self) -> ShopCategories:
        return self._shop.categories

    def facts(self, who: UserKey) -> Facts:  # noqa: ARG002 - the contract's signature
        return Facts()

    def events(self, who: UserKey, live: LiveVersion, cold_start: ColdStartItems) -> LiveEvents | None:  # noqa: ARG002
        return None

    def cold_start(self, live: LiveVersion) -> ColdStartItems:
        return self._shop.cold_start(live)

    def shown_in_vain(self, who: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        return self._shop.shown_in_vain(who, live, rotation)

    def is_erased(self, user_id: str) -> bool:
        return self._shop.is_erased(user_id)

    def was_erased_by_now(self, user_id: str) -> bool:
        return self._shop.was_erased_by_now(user_id)

    def unavailable(self, live: LiveVersion) -> NDArray[np.int32]:
        return self._shop.unavailable(live)

    def restricted(self, item_id: str) -> Item | None:
        return self._shop.restricted(item_id)
