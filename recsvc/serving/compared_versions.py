"""Two model versions side by side: what was measured of each, what they were made with, and lists of a few shoppers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import isfinite
from threading import Lock
from typing import Any

from recsvc.cache.finished_list import FinishedList
from recsvc.errors import OverloadedError
from recsvc.model.artifact import Manifest
from recsvc.ranking.query import MAX_N, Query
from recsvc.serving.experiments import ExperimentsInForce
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.rehearsal import Rehearsal
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Shop

SHOPPERS, MAX_SHOPPERS = 6, 50
LOOKED_THROUGH = 50
"""So many shoppers of the one version are looked for in the other one, for each that is wanted."""

WAIT_SECONDS = 5.0
OURS = "recsvc"

QUESTIONS = {"all": "whatever shoppers buy next", "new": "what they never bought before"}
"""What is asked of the held-back orders, by its name in a manifest."""

FIGURES = {
    "recall_at_20": "of it, among the first 20 suggestions",
    "ndcg_at_10": "how far up it stands among the first 10 (NDCG)",
    "hit_rate_at_10": "shoppers with any of it among the first 10",
    "coverage_at_10": "of all items, shown to somebody among the first 10",
}
"""What is measured, by its name in a manifest, in words."""


@dataclass(frozen=True)
class Share:
    """One measured share, with its interval of 95 % where it has one."""

    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figure:
    """One figure of both versions; None where a version was not measured so.

    Attributes:
        question: what was asked of the held-back orders, in words.
        words: what the share is of.
    """

    question: str
    words: str
    first: Share | None
    second: Share | None


@dataclass(frozen=True)
class Difference:
    """A setting or a count that the versions differ in; None where a version does not name it."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True)
class ListPair:
    """The lists of one shopper, item ids, best first."""

    user_id: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def n_both(self) -> int:
        """How many items are in both."""
        return len(set(self.first) & set(self.second))


@dataclass(frozen=True)
class ComparedLists:
    """Lists of a placement.

    Attributes:
        pairs: one for each shopper; those that differ most first.
        titles: of the items, by id, as the versions learned them.
    """

    placement: str
    pairs: tuple[ListPair, ...]
    titles: Mapping[str, str]

    @property
    def share_in_both(self) -> float | None:
        """Which share of the items of a list of the first version the second one shows, too; None without any."""
        n_items = sum(len(pair.first) for pair in self.pairs)
        return sum(pair.n_both for pair in self.pairs) / n_items if n_items else None


def figures_of(first: Manifest, second: Manifest) -> list[Figure]:
    """Return what was measured of either version."""
    rows = []
    for question, asked in QUESTIONS.items():
        for name, words in FIGURES.items():
            shares = [share_of(_ranked(manifest, question).get(name)) for manifest in (first, second)]
            if any(shares):
                rows.append(Figure(asked, words, shares[0], shares[1]))
    return rows


def differences_of(first: Manifest, second: Manifest) -> list[Difference]:
    """Return the settings that the versions were fitted with, where they differ."""
    return _differences(first.fitted_with, second.fitted_with)


def counts_of(first: Manifest, second: Manifest) -> list[Difference]:
    """Return what either version counted, the same or not."""
    names = dict.fromkeys((*first.counts, *second.counts))
    return [Difference(name, first.counts.get(name), second.counts.get(name)) for name in names]


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    names = dict.fromkeys((*first, *second))
    rows = (Difference(name, first.get(name), second.get(name)) for name in names)
    return [row for row in rows if row.first != row.second]


def _ranked(manifest: Manifest, question: str) -> Mapping[str, Any]:
    """Return what a manifest says of a question; a manifest is foreign, and what makes no sense is left out."""
    questions = table_of(table_of(manifest.metrics.get("evaluation")).get("questions"))
    return table_of(table_of(table_of(questions.get(question)).get("rankers")).get(OURS))


def table_of(value: object) -> Mapping[str, Any]:
    """Return ``value`` where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def share_of(value: object) -> Share | None:
    """Return a share as a manifest has it: a number, or a mean with an interval; None for anything else."""
    if _is_number(value):
        return Share(float(value))  # type: ignore[arg-type]
    said = table_of(value)
    numbers = [said.get(name) for name in ("mean", "low", "high")]
    return Share(*map(float, numbers)) if all(map(_is_number, numbers)) else None  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def compared_lists(  # noqa: PLR0913 - what is compared, where, and for whom
    first: LiveVersion,
    second: LiveVersion,
    shop: Shop,
    placement: str,
    *,
    n: int = 10,
    n_shoppers: int = SHOPPERS,
    seed: int = 1,
) -> ComparedLists:
    """Return the lists that shoppers whom both versions know would get of each now, without experiments.

    A product page or a cart is that of what the shopper bought last, as the first version knows. Items that no training
    saw are in none of the lists. Raises UnknownPlacementError.
    """
    shop = replace(shop, cold_start=None, experiments=ExperimentsInForce())
    base = shop.rules.base_of(placement)
    rehearsal = Rehearsal(first, shop, n)
    users = _known_to_both(rehearsal, second, n_shoppers, seed)
    items = {user: (rehearsal.last_bought(user),) if base.needs_items else () for user in users}
    lists = []
    for live in (first, second):  # one after the other: what is kept of the live version is found again
        known = live.recommender.model.items
        lists.append([
            _list(live, shop.rules.query_for(placement, n=n, user_id=user, item_ids=items[user]), shop)
            if all(known.index_of(item) is not None for item in items[user])
            else ()
            for user in users
        ])  # fmt: skip
    pairs = [ListPair(user, one, other) for user, one, other in zip(users, *lists, strict=True)]
    pairs.sort(key=lambda pair: pair.n_both - max(len(pair.first), len(pair.second)))
    shown = {item for pair in pairs for item in (*pair.first, *pair.second)}
    titles = {**_titles(second, shown), **_titles(first, shown)}
    return ComparedLists(placement, tuple(pairs), titles)


def _known_to_both(rehearsal: Rehearsal, second: LiveVersion, n_shoppers: int, seed: int) -> list[str]:
    users = second.recommender.model.users
    drawn = rehearsal.sample(min(n_shoppers, MAX_SHOPPERS) * LOOKED_THROUGH, seed)
    return list(islice((user for user in drawn if users.index_of(user) is not None), n_shoppers))


def _list(live: LiveVersion, query: Query, shop: Shop) -> tuple[str, ...]:
    """Return the items that the shopper would see, best first."""
    made = FinishedList.of(ResolvedQuery.of(live, query, shop).make())
    return tuple(row[0] for row in made.available(shop.catalogue.unavailable_ids(live))[: query.n])


def _titles(live: LiveVersion, item_ids: set[str]) -> dict[str, str]:
    model = live.recommender.model
    places = ((item, model.items.index_of(item)) for item in item_ids)
    return {item: model.titles[at] for item, at in places if at is not None and model.titles[at]}


class VersionComparison:
    """Compares lists of two versions beside a service that answers from one.

    A version that is not live is loaded for one comparison, after it was tried as one that becomes live is, and let go
    after it: its arrays are mapped from the disk, so that it takes memory only where it is looked at. One comparison is
    made at a time.
    """

    def __init__(self, live_model: LiveModel, shop: Shop) -> None:
        self._live_model = live_model
        self._shop = shop
        self._lock = Lock()

    def lists(self, names: Sequence[str], placement: str, *, n: int, seed: int) -> ComparedLists:
        """Return the lists of two versions, by name.

        Raises OverloadedError while others are compared, UnknownVersionError, DamagedModelError and
        UnknownPlacementError.
        """
        self._shop.rules.base_of(placement)
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise OverloadedError("other versions are being compared: try again in a moment")
        try:
            first, second = self._loaded(names)
            return compared_lists(first, second, self._shop, placement, n=min(n, MAX_N), seed=seed)
        finally:
            self._lock.release()

    def _loaded(self, names: Sequence[str]) -> Iterator[LiveVersion]:
        live = self._live_model.version
        for name in names:
            is_live = live is not None and live.manifest.model_version == name
            yield live if live is not None and is_live else self._live_model.load_for_a_look(name)
