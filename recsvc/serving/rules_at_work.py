"""The rules of all placements, compiled for a live version and for the catalogue as it is now."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from recsvc.catalogue.item import Item
from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.selection import Selection
from recsvc.rules.columns import Columns
from recsvc.rules.compiled_rules import CompiledRules, compile_rules, fields_of_rules, next_change_us
from recsvc.rules.described import Described
from recsvc.rules.evaluation import ListContext
from recsvc.rules.expression import ASKED_CATEGORIES, BOUGHT_CATEGORIES, CATEGORIES, IS_KNOWN, ORDERS
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import NO_RULES, Origin, RuleBook
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop_categories import learned_names

_OF_SHOPPER = frozenset({ORDERS, IS_KNOWN, BOUGHT_CATEGORIES})
_CONTEXT: Mapping[str, str] = {
    ORDERS: "n_orders",
    IS_KNOWN: "is_known",
    BOUGHT_CATEGORIES: "bought_categories",
    ASKED_CATEGORIES: "asked_categories",
}
"""How what expressions ask for is called here."""

ReadCatalogue = Callable[[], Iterable[Item]]


def _now_us() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class RulesOfPlacement:
    """The rules of one placement, ready to be applied to lists of one version; ``described`` is the catalogue."""

    compiled: CompiledRules
    described: Described
    now_us: int

    @property
    def rules(self) -> PlacementRules:
        """What they came from."""
        return self.compiled.rules

    @property
    def digest(self) -> str:
        """What tells these rules, with all that they mean now, from any others."""
        return self.compiled.digest

    @property
    def asks_shopper(self) -> bool:
        """Whether they look at who asks."""
        return bool(self.compiled.context & _OF_SHOPPER)

    def selection(self, context: Context, cold_start: ColdStartItems) -> Selection:
        """Return what they say of one list, of ``newcomers`` too; only what they ask of ``context`` is found out."""
        asked = {_CONTEXT[name]: getattr(context, _CONTEXT[name]) for name in self.compiled.context}
        of_list = ListContext(**asked)
        learned = self.compiled.selection(of_list)
        if not len(cold_start):
            return learned
        return learned.joined(self._of(cold_start).selection(of_list), cold_start.first_index)

    def _of(self, cold_start: ColdStartItems) -> CompiledRules:
        """Return the same rules for items that only the catalogue knows."""
        index_of = cold_start.known.new.index_of
        columns = self.described.columns_of(index_of, len(cold_start))
        return compile_rules(self.rules, columns, index_of, self.now_us)


class RulesAtWork:
    """What lists ask of a rule book; one thread tells it what changed, others ask.

    ``state`` is another object once anything has changed that lists may depend on.
    """

    def __init__(self, book: RuleBook = NO_RULES, now_us: Callable[[], int] = _now_us) -> None:
        self._now_us = now_us
        self._described = Described.of(_fields(book))
        self._has_changed = False
        self.state = _InForce(book, self._described, now_us())

    @property
    def book(self) -> RuleBook:
        """The rules of all placements, as the shop wrote them."""
        return self.state.book

    def names(self) -> tuple[str, ...]:
        """Return the names that have rules, the shop's own and built-in ones."""
        book = self.book
        return tuple(one.name for one in book.all() if book.origin_of(one.name) is not Origin.BUILT_IN)

    def find(self, name: str) -> PlacementRules | None:
        """Return the rules of the placement ``name``, a built-in one or the shop's own; None without any."""
        return self.state.find(name)

    def compiled(self, name: str, live: LiveVersion) -> RulesOfPlacement | None:
        """Return the same, ready to be applied to a list of ``live``."""
        state = self.state
        return None if state.find(name) is None else state.compiled(name, live)

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``; in force with ``settle``."""
        if self._described.fields:
            self._described = self._described.with_changes(items)
            self._has_changed = True

    def follow(self, book: RuleBook, catalogue: ReadCatalogue) -> None:
        """Go by another book from ``settle`` on; ``catalogue`` is read where its rules look at other fields."""
        fields = _fields(book)
        if not fields <= self._described.fields:
            self._described = Described.of(fields).with_changes(catalogue())
        self.state = _InForce(book, self._described, self._now_us())
        self._has_changed = False

    def settle(self) -> None:
        """Put what was taken in force, and pins whose time has come; those who ask never wait for it."""
        now_us, state = self._now_us(), self.state
        if self._has_changed or (state.holds_until_us is not None and state.holds_until_us <= now_us):
            self._has_changed = False
            self.state = state.renewed(self._described, now_us)


class _InForce:
    """A book, and a catalogue, at one moment; compiled for a version when a list of it is made."""

    def __init__(self, book: RuleBook, described: Described, now_us: int) -> None:
        self.book = book
        self._described = described
        self._now_us = now_us
        moments = (next_change_us(rules, now_us) for rules in book.all())
        self.holds_until_us = min((one for one in moments if one is not None), default=None)
        # Nothing here keeps a version that is no longer live.
        self._compiled: WeakKeyDictionary[LiveVersion, dict[str, RulesOfPlacement]] = WeakKeyDictionary()
        self._columns: WeakKeyDictionary[LiveVersion, Columns] = WeakKeyDictionary()
        self._lock = Lock()

    def find(self, name: str) -> PlacementRules | None:
        return None if self.book.origin_of(name) is Origin.BUILT_IN else self.book.get(name)

    def compiled(self, name: str, live: LiveVersion) -> RulesOfPlacement | None:
        known = self._compiled.get(live, {}).get(name)
        if known is None and (rules := self.find(name)) is not None:
            with self._lock:
                index_of = live.recommender.model.items.index_of
                compiled = compile_rules(rules, self._columns_of(live), index_of, self._now_us)
                known = self._compiled.setdefault(live, {})[name] = RulesOfPlacement(
                    compiled, self._described, self._now_us
                )
        return known

    def renewed(self, described: Described, now_us: int) -> "_InForce":
        """Return the same book later, compiled for what was asked of this one."""
        later = _InForce(self.book, described, now_us)
        for live, names in list(self._compiled.items()):
            for name in list(names):
                later.compiled(name, live)
        return later

    def _columns_of(self, live: LiveVersion) -> Columns:
        if live not in self._columns:
            model = live.recommender.model
            columns = self._described.columns_of(model.items.index_of, model.n_items)
            if CATEGORIES in columns.fields:
                columns = columns.completed(CATEGORIES, _learned(model))
            self._columns[live] = columns
        return self._columns[live]


def _fields(book: RuleBook) -> frozenset[str]:
    return frozenset().union(*map(fields_of_rules, book.all()))


def _learned(model: Model) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the items that the model learned categories of, with these."""
    for index in np.flatnonzero(np.diff(model.item_categories.indptr)).tolist():
        yield index, learned_names(model, index)
