"""The rules of all placements that are in force, compiled for a live version and for the catalogue as it is now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from threading import Lock
from typing import TypedDict, Unpack
from weakref import WeakKeyDictionary

import numpy as np
import structlog

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.errors import RulesError, UnknownPlacementError
from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.rules.columns import Columns
from recsvc.rules.compiled_rules import CompiledRules, compile_rules, fields_of_rules, next_change_us
from recsvc.rules.described import Described
from recsvc.rules.expression import CATEGORIES
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.rules.rule_book import NO_RULES, Origin, RuleBook
from recsvc.serving.live_catalogue import learned_names
from recsvc.serving.live_model import LiveVersion
from recsvc.store.item_catalogue import every_item
from recsvc.store.store import Position, Store
from recsvc.store.stored_placements import StoredPlacement

MAX_QUOTED = 80
_BUILT_IN = {str(placement): placement for placement in Placement}

_log = structlog.get_logger(__name__)


class QueryFields(TypedDict, total=False):
    """The fields of a ``Query`` that every request may have, beside the placement."""

    n: int
    user_id: str | None
    item_ids: tuple[str, ...]
    exclude: tuple[str, ...]
    session_id: str | None
    category: str | None


class RulesInForce:
    """Follows the placements of a store beside ``book``, and the fields of the catalogue that rules look at.

    One thread tells it what changed; the threads that read never wait for that one.

    Attributes:
        state: another object once anything has changed that lists may depend on.
    """

    def __init__(self, book: RuleBook = NO_RULES, clock: Callable[[], int] = now_us) -> None:
        self._clock = clock
        self._described = Described.of(_fields(book))
        self._has_changed = False
        self._item_revision = 0
        self._placement_revision = 0
        self.state = CompiledBook(book, self._described, clock())

    @property
    def book(self) -> RuleBook:
        """The rules of all placements, as the shop wrote them."""
        return self.state.book

    def names(self) -> tuple[str, ...]:
        """Return the names that have rules, the shop's own and built-in ones."""
        return self.state.names()

    def base_of(self, name: str) -> Placement:
        """Return the built-in placement that ranks what is called ``name``.

        Raises UnknownPlacementError, which names the placements that there are.
        """
        if name in _BUILT_IN:
            return _BUILT_IN[name]
        rules = self.book.get(name)
        if rules is None:
            known = sorted({*Placement, *self.names()})
            raise UnknownPlacementError(
                f"there is no placement {name[:MAX_QUOTED]!r}; known are {', '.join(known)}"
            )
        return rules.base_of(name)

    def query_for(self, placement: str, **fields: Unpack[QueryFields]) -> Query:
        """Return the query for a placement, built-in or the shop's own.

        Raises UnknownPlacementError, and QueryError where fields are beyond their bounds or do not go together.
        """
        name = None if placement in _BUILT_IN else placement
        return Query(self.base_of(placement), name=name, **fields)

    def follow(self, store: Store, position: Position) -> bool:
        """Take up other rules, and the next batch of items, until ``position``; return whether that was all of it.

        Raises StoreError.
        """
        if position.placement > self._placement_revision:
            stored = read_stored(store.placements.all())
            self.replace(self.book.with_stored(stored), lambda: every_item(store.catalogue))
            self._placement_revision = position.placement
        if not self._described.fields:
            self._item_revision = position.item
        if self._item_revision < position.item:
            changes = store.catalogue.changes_since(self._item_revision)
            self.take(changes.items)
            self._item_revision = changes.revision if changes.items else position.item
        is_current = self._item_revision >= position.item
        if is_current:  # compiling costs as much after a part of an import as after all of it
            self.settle()
        return is_current

    def take(self, items: Iterable[Item]) -> None:
        """Take up what was said of ``items``; rules go by it after ``settle``."""
        if self._described.fields:
            self._described = self._described.with_changes(items)
            self._has_changed = True

    def replace(self, book: RuleBook, catalogue: Callable[[], Iterable[Item]]) -> None:
        """Go by another book at once; ``catalogue`` is read where its rules look at other fields."""
        fields = _fields(book)
        if not fields <= self._described.fields:
            self._described = Described.of(fields).with_changes(catalogue())
        self.state = CompiledBook(book, self._described, self._clock())
        self._has_changed = False

    def settle(self) -> None:
        """Put in force what was taken, and pins that begin or end."""
        moment_us, state = self._clock(), self.state
        if self._has_changed or (state.holds_until_us is not None and state.holds_until_us <= moment_us):
            self._has_changed = False
            self.state = state.renewed(self._described, moment_us)


_numbers = count(1)


class CompiledBook:
    """A book and a catalogue at one moment; rules are compiled for a version when a list of it is made.

    ``number``: no other state of the process has it.
    """

    def __init__(self, book: RuleBook, described: Described, now_us: int) -> None:
        self.book = book
        self.number = next(_numbers)
        self._rules = {
            name: rules for name, rules in book.all().items() if book.origin_of(name) is not Origin.BUILT_IN
        }
        self._described = described
        self._now_us = now_us
        moments = (next_change_us(rules, now_us) for rules in self._rules.values())
        self.holds_until_us = min((moment for moment in moments if moment is not None), default=None)
        # Nothing here keeps a version that is no longer live.
        self._compiled: WeakKeyDictionary[LiveVersion, dict[str, CompiledRules]] = WeakKeyDictionary()
        self._columns: WeakKeyDictionary[LiveVersion, Columns] = WeakKeyDictionary()
        self._lock = Lock()

    def names(self) -> tuple[str, ...]:
        """Return the names that have rules, built-in ones first."""
        return tuple(self._rules)

    def compiled(self, name: str, live: LiveVersion) -> CompiledRules | None:
        """Return the rules of a placement, ready to be applied to lists of ``live``; None without any."""
        rules = self._rules.get(name)
        if rules is None:
            return None
        known = self._compiled.get(live, {}).get(name)
        if known is None:
            with self._lock:
                index_of, columns = live.recommender.model.items.index_of, self._columns_of(live)
                known = compile_rules(rules, columns, index_of, self._now_us, self._described)
                self._compiled.setdefault(live, {})[name] = known
        return known

    def renewed(self, described: Described, now_us: int) -> "CompiledBook":
        """Return the same book later, with the rules compiled that are compiled here."""
        later = CompiledBook(self.book, described, now_us)
        for live, names in list(self._compiled.items()):
            for name in list(names):
                later.compiled(name, live)
        return later

    def _columns_of(self, live: LiveVersion) -> Columns:
        if live not in self._columns:
            model = live.recommender.model
            columns = self._described.columns_of(model.items.index_of, model.n_items)
            if CATEGORIES in columns.fields:
                columns = columns.completed(CATEGORIES, _learned_categories(model))
            self._columns[live] = columns
        return self._columns[live]


def read_stored(placements: Iterable[StoredPlacement]) -> Mapping[str, PlacementRules]:
    """Return the rules of ``placements`` by name.

    Rules that make no sense, as only another version of this program can have stored them, are logged and left out.
    """
    found: dict[str, PlacementRules] = {}
    for placement in placements:
        try:
            found[placement.name] = read_placement(placement.name, placement.body)
        except RulesError as error:
            _log.error("placement_refused", placement=placement.name, error=str(error))
    return found


def _fields(book: RuleBook) -> frozenset[str]:
    return frozenset().union(*map(fields_of_rules, book.all().values()))


def _learned_categories(model: Model) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the items that the model learned categories of, with these."""
    for index in np.flatnonzero(np.diff(model.item_categories.indptr)).tolist():
        yield index, learned_names(model, index)
