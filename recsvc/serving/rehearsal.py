"""What rules would change in the lists of a sample of shoppers, and what that costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.cache.finished_list import FinishedList
from recsvc.ranking.dcg import discounts
from recsvc.ranking.history import history_of
from recsvc.ranking.query import MAX_N, Query, UserKey
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import NoEvents, Shop, UserEvents

Purchases = Callable[[str], frozenset[str]]
"""Returns what a user, by their id, bought after the newest order of the model."""


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

    Lists do not depend on what happened since, so that this can tell how well each list foresaw it; items that are
    unavailable now are in none of them.
    """

    live: LiveVersion
    shop: Shop
    n: int = 10
    purchases: Purchases = lambda _user_id: frozenset()

    def sample(self, n_shoppers: int, seed: int = 1) -> list[str]:
        """Return the ids of ``n_shoppers`` who bought something and were not erased, or of all where they are fewer."""
        model = self.live.recommender.model
        users = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(model.history.indptr)))
        known = (model.users.id_of(user) for user in users.tolist())
        living = (user_id for user_id in known if not self.shop.erasures.holds(user_id))
        return [user_id for user_id, _ in zip(living, range(n_shoppers), strict=False)]

    def change(self, placement: str, user_id: str) -> Change:
        """Return what the rules of a placement change for a user; the product page or cart is what they bought last."""
        after = replace(self.shop, users=_AsLearned(self.shop.users))
        before = replace(after, rules=RulesInForce())
        base = self.shop.rules.base_of(placement)
        items = (self.last_bought(user_id),) if base.needs_items else ()
        query = Query(base, self.n, user_id, items)
        without = tuple(self._scored(query, before))
        named = self.shop.rules.query_for(placement, n=self.n, user_id=user_id, item_ids=items)
        with_rules = tuple(self._scored(named, after))
        gains = self._scored(replace(query, n=MAX_N), before)
        bought = self.purchases(user_id)
        return Change(
            without,
            with_rules,
            _kept(without, with_rules, gains),
            _recall(without, bought, self.n),
            _recall(with_rules, bought, self.n),
        )

    def redrawn(self, placement: str, user_id: str, draft: RulesInForce) -> Change:
        """Return how the list of a user would change if the rules of a placement were those of ``draft``.

        A placement that there is not yet is compared with the built-in one that ranks it.
        """
        now = replace(self.shop, users=_AsLearned(self.shop.users))
        base = draft.base_of(placement)
        items = (self.last_bought(user_id),) if base.needs_items else ()
        known = self.shop.rules.book.get(placement) is not None
        of_now = self.shop.rules.query_for(
            placement if known else base, n=self.n, user_id=user_id, item_ids=items
        )
        of_draft = draft.query_for(placement, n=self.n, user_id=user_id, item_ids=items)
        before, after = self._scored(of_now, now), self._scored(of_draft, replace(now, rules=draft))
        return Change(tuple(before), tuple(after), None)

    def _scored(self, query: Query, shop: Shop) -> Mapping[str, float]:
        """Return the items that the shopper would see, best first, with their scores."""
        made = FinishedList.of(ResolvedQuery.of(self.live, query, shop).make())
        return {
            row[0]: row[1] for row in made.available(shop.catalogue.unavailable_ids(self.live))[: query.n]
        }

    def last_bought(self, user_id: str) -> str:
        """Return what the user bought last, as the model knows."""
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
    changed = [change for change in changes if change.before != change.after]
    short = [change for change in changes if len(change.after) < len(change.before)]
    recalls = [
        (change.recall_before, change.recall_after) for change in changes if change.recall_before is not None
    ]
    return Summary(
        placement=placement,
        n_shoppers=len(changes),
        n_changed=len(changed),
        mean_other=sum(change.n_other for change in changes) / max(len(changes), 1),
        n_short=len(short),
        n_empty=sum(not change.after for change in short),
        kept=_mean([change.kept for change in changes]),
        n_buyers=len(recalls),
        recall_before=_mean([before for before, _ in recalls]),
        recall_after=_mean([after for _, after in recalls]),
        examples=_examples(changed),
    )


def _examples(changed: list[Change]) -> tuple[Change, ...]:
    """Return three that differ, those that changed most first."""
    distinct = {(change.before, change.after): change for change in changed}
    return tuple(sorted(distinct.values(), key=lambda change: -change.n_other)[:3])


def _kept(before: tuple[str, ...], after: tuple[str, ...], gains: Mapping[str, float]) -> float | None:
    """Return DCG of ``after`` / DCG of ``before``: the gain of an item is its score without rules.

    An item that is not among the first ``MAX_N`` without rules has none. Järvelin, Kekäläinen: Cumulated gain-based
    evaluation of IR techniques (ACM TOIS 2002).
    """
    whole = _discounted(before, gains)
    return _discounted(after, gains) / whole if whole else None


def _discounted(items: tuple[str, ...], gains: Mapping[str, float]) -> float:
    worth = discounts(np.arange(len(items))).tolist()
    return float(sum(gains.get(item, 0.0) * discount for item, discount in zip(items, worth, strict=True)))


def _recall(items: tuple[str, ...], bought: frozenset[str], n: int) -> float | None:
    """Return hits / min(n, bought), as the reports of a training do; None where nothing was bought."""
    return len(bought & set(items)) / min(n, len(bought)) if bought else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class _AsLearned(NoEvents):
    """Users who did nothing since the model learned; only what they were shown in vain is of now."""

    users: UserEvents

    def shown_in_vain(self, user: UserKey, live: LiveVersion, rotation: Rotation) -> NDArray[np.int32]:
        return self.users.shown_in_vain(user, live, rotation)
