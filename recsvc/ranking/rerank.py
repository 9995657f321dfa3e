"""What rules make of a ranking: boosts, what comes last, caps, one variant of a product, pins."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.dcg import discounts
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import NO_ITEMS, among
from recsvc.ranking.selection import MAX_OVER_FETCH, Capped, Pinned, Selection
from recsvc.ranking.user_state import UserState

DIVERSITY_POOL = 5
"""A list is chosen from the first so many times as many items."""


def diversified(model: Model, ranking: Ranking, diversity: float, n: int) -> Ranking:
    """Return at most ``n`` items, chosen one after the other by maximal marginal relevance.

    Carbonell, Goldstein: The use of MMR, diversity-based reranking (SIGIR 1998): each place goes to the item
    with the highest ``(1 - diversity) * score - diversity * overlap`` with what is chosen already. The overlap
    of two items is the share of their categories, of all levels, that they have in common. The ranking itself is
    returned where ``diversity`` is 0 or the model knows no categories.
    """
    if not diversity or not len(model.categories) or not len(ranking):
        return ranking
    pool = ranking.first(DIVERSITY_POOL * n)
    overlaps = _overlaps(model, pool.items)
    relevance = (1 - diversity) * pool.scores.astype(np.float64)
    nearest = np.zeros(len(pool))
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        marginal = relevance - diversity * nearest
        marginal[chosen] = -np.inf
        best = int(marginal.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, overlaps[best])
    return pool.chosen(np.asarray(chosen, dtype=np.int64))


def _overlaps(model: Model, items: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the Jaccard similarity of the categories of each two items; float64, shape (n, n)."""
    place, categories, _ = model.item_categories.entries(items)
    known, column = np.unique(categories, return_inverse=True)
    within = np.zeros((len(items), len(known)))
    within[place, column] = 1
    common = within @ within.T
    sizes = within.sum(axis=1)
    return np.asarray(common / np.maximum(sizes[:, np.newaxis] + sizes - common, 1), dtype=np.float64)


POOL = 1000
"""Where rules reorder or thin out what fills a list, so many items that rise and that sell are candidates for it."""


VARIANTS_OF_EACH = 4
"""Where lists hold one variant of a product, so many times as many items fill a list: most products have fewer."""


@dataclass(frozen=True, eq=False)
class Selecting:
    """A selection at work on one list.

    Attributes:
        selection: what the placement rules say.
        n: how long the list is to be.
        unavailable: int32, shape (n_unavailable,): unavailable items.
        looked_at: indices of the items that the list starts from.
        pins: pinned items that this user may see, in the order of their positions.
        own: int32, shape (n_own,), ascending: what the user bought; who bought two variants of a product may see both,
            and no third.
    """

    selection: Selection
    n: int
    unavailable: NDArray[np.int32]
    looked_at: tuple[int, ...] = ()
    pins: tuple[Pinned, ...] = ()
    own: NDArray[np.int32] = field(default_factory=lambda: NO_ITEMS)

    @classmethod
    def of(
        cls,
        selection: Selection,
        user: UserState,
        n: int,
        unavailable: NDArray[np.int32],
        looked_at: Sequence[int] = (),
    ) -> "Selecting":
        """Return the selection for a list of ``n`` items; of several pins of one item the first counts."""
        if not selection.pinned:
            return cls(selection, n, unavailable, tuple(looked_at))
        distinct = {pin.item: pin for pin in reversed(selection.pinned)}
        items = np.asarray([pin.item for pin in distinct.values() if pin.position <= n], dtype=np.int32)
        shown = items[user.may_see(items)].tolist()
        order = {id(pin): place for place, pin in enumerate(selection.pinned)}
        pins = sorted((distinct[item] for item in shown), key=lambda pin: (pin.position, order[id(pin)]))
        return cls(selection, n, unavailable, tuple(looked_at), tuple(pins))

    @property
    def pool(self) -> int:
        """How many items that sell are enough to fill the list in spite of the rules."""
        if self.selection.caps or self.selection.factors is not None:
            return max(self.n, POOL)
        enough = self.n + len(self.pins) + len(self.selection.last)
        return enough if self.selection.variants is None else VARIANTS_OF_EACH * enough

    def boosted(self, ranking: Ranking) -> Ranking:
        """Multiply the scores, and put the items in order again; the highest score is at most 1."""
        factors = self.selection.factors
        if factors is None or not len(ranking):
            return ranking
        scores = ranking.scores * factors[ranking.items]
        scores /= max(float(scores.max()), 1.0)
        order = np.argsort(-scores, kind="stable")
        return Ranking(ranking.items, scores.astype(np.float32), ranking.proposers).chosen(order)

    def boosted_by_rank(self, selling: Ranking) -> Ranking:
        """Do the same with what rises and what sells, whose scores no factor could bridge: their ranks count.

        They are discounted as in nDCG: twice as much puts what was tenth between the second and the third.
        """
        if self.selection.factors is None:
            return selling
        discounted = discounts(np.arange(len(selling))).astype(np.float32)
        return self.boosted(replace(selling, scores=discounted))

    def arranged(self, ranking: Ranking) -> Ranking:
        """Put those behind that come last, and leave out the pinned ones and those whose group is full.

        What holds for a ranking holds for each part of it, in whatever order, but for the items that come last.
        """
        if self.pins:
            items = np.asarray([pin.item for pin in self.pins], dtype=np.int32)
            ranking = ranking.chosen(np.flatnonzero(~np.isin(ranking.items, items)))
        return self._capped(self.last_behind(ranking))

    def last_behind(self, ranking: Ranking) -> Ranking:
        """Put those items behind that come last."""
        if not len(self.selection.last):
            return ranking
        is_last = np.isin(ranking.items, self.selection.last)
        return ranking.chosen(np.argsort(is_last, kind="stable"))

    def leading(self, ranking: Ranking) -> Ranking:
        """Return the items that need not come last, or all where these are too few for the list."""
        if not len(self.selection.last):
            return ranking
        leading = np.flatnonzero(~np.isin(ranking.items, self.selection.last))
        return ranking.chosen(leading) if len(leading) >= self.n else ranking

    def pinned(self, ranking: Ranking) -> Ranking:
        """Put the pinned items at their positions, or at the end of a list that is shorter; it holds none of them."""
        if not self.pins:
            return ranking
        order, last = list(range(len(ranking))), -1
        for number, pin in enumerate(self.pins):
            last = max(pin.position - 1, last + 1)
            order.insert(last, len(ranking) + number)
        items = np.asarray([pin.item for pin in self.pins], dtype=np.int32)
        with_pins = Ranking(
            np.concatenate([ranking.items, items]),
            # The highest score there is: ``chosen`` lowers it to that of the item before.
            np.concatenate([ranking.scores, np.ones(len(items), dtype=np.float32)]),
            ranking.proposers + (Source.RULE,) * len(items),
        )
        return with_pins.chosen(np.asarray(order, dtype=np.int64))

    @property
    def _caps(self) -> tuple[Capped, ...]:
        """Those of the rules, and behind them that of variants."""
        caps, variants = self.selection.caps, self.selection.variants
        return caps if variants is None else (*caps, Capped(variants, 1))

    def _capped(self, ranking: Ranking) -> Ranking:
        """Leave out, from the top, each item one of whose groups is full; pinned items take their place first.

        An unavailable item of a group is left out too: it would keep others out.
        """
        if not self.selection.caps:
            return self._one_of_variants(ranking)
        caps = self._caps
        groups = [cap.groups[ranking.items].tolist() for cap in caps]
        full = [Counter({-1: -(10**9)}) for _ in caps]
        for cap, taken in zip(caps, full, strict=True):
            taken.update(int(cap.groups[pin.item]) for pin in self.pins)
        if (variants := self.selection.variants) is not None:
            full[-1].update(int(variants[item]) for item in self.looked_at)
        gone = np.isin(ranking.items, self.unavailable).tolist()
        is_free = among(ranking.items, self.own) & (variants is not None)
        if variants is not None:
            full[-1].update(variants[ranking.items[is_free]].tolist())
        kept: list[int] = []
        most = DIVERSITY_POOL * self.n + MAX_OVER_FETCH  # nobody looks at more
        for place, (is_gone, *own) in enumerate(zip(gone, *groups, strict=True)):
            ruled = list(zip(caps, full, own, strict=True))[: -1 if is_free[place] else None]
            fits = all(taken[group] < cap.at_most for cap, taken, group in ruled)
            if fits and not (is_gone and max(own) >= 0):
                kept.append(place)
                for taken, group in zip(full, own, strict=True):
                    taken[group] += 1
            if len(kept) == most:
                break
        return ranking.chosen(np.asarray(kept, dtype=np.int64))

    def _one_of_variants(self, ranking: Ranking) -> Ranking:
        """Do what ``_capped`` does where variants alone are capped, in a few steps for the whole ranking."""
        variants = self.selection.variants
        if variants is None or not len(ranking):
            return ranking
        groups = variants[ranking.items]
        kept = groups < 0
        if kept.all():
            return ranking
        competing, is_gone = ~kept, np.zeros(len(ranking), dtype=bool)
        if len(self.unavailable):
            is_gone = np.isin(ranking.items, self.unavailable)
            competing &= ~is_gone
        if len(self.own):
            is_own = among(ranking.items, self.own)
            kept |= is_own & ~is_gone
            competing &= ~among(groups, np.sort(groups[is_own]))
        for item in (*self.looked_at, *(pin.item for pin in self.pins)):
            competing &= groups != variants[item]
        places = competing.nonzero()[0]
        order = groups[places].argsort(kind="stable")
        in_order = groups[places[order]]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = in_order[1:] != in_order[:-1]
        kept[places[order[is_first]]] = True
        return ranking if kept.all() else ranking.chosen(kept.nonzero()[0])


def lately_bought(model: Model, user: UserState, days: float | None) -> NDArray[np.int32]:
    """Return what the user bought less than ``days`` ago, none where orders have no dates; int32, shape (n,)."""
    if days is None or not model.is_dated:
        return NO_ITEMS
    bought = user.history.bought()
    return bought.items[bought.age_days < days]
