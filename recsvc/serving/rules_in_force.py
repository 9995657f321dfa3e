"""The rules of all placements that are in force, compiled for a live version and for the catalogue as it is now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TypedDict, Unpack

import structlog

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.errors import RulesError, UnknownPlacementError
from recsvc.ranking.query import Placement, Query
from recsvc.rules.cost import MAX_BYTES, BookCost, CatalogueSize
from recsvc.rules.described import Described
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.rules.rule_book import NO_RULES, RuleBook
from recsvc.serving.compiled_book import Budget, CompiledBook, written_rules
from recsvc.serving.described_experiments import read_experiments
from recsvc.store.database import BATCH_SIZE
from recsvc.store.experiments import StoredExperiment
from recsvc.store.item_catalogue import every_item
from recsvc.store.store import Position, Store
from recsvc.store.stored_placements import StoredPlacement

MAX_QUOTED = 80
ITEM_BYTES = 12
"""What a column takes for an item."""

SPARE_BYTES = 16 * 2**20
"""Values of the catalogue that came and went may take so much memory beside those that were read."""

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

    One thread tells it what changed; the threads that read never wait for that one. Fields that no rule looks at any
    more are forgotten, unless all take less than ``keeps_bytes``.

    Attributes:
        state: another object once anything has changed that lists may depend on.
    """

    def __init__(
        self,
        book: RuleBook = NO_RULES,
        clock: Callable[[], int] = now_us,
        max_bytes: int = MAX_BYTES,
        *,
        keeps_bytes: int = 0,
    ) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._keeps_bytes = keeps_bytes
        self._has_changed = False
        self._reads_again = False
        self._item_revision = 0
        self._revisions = (0, 0)
        self._cost = BookCost(written_rules(book), max_bytes)
        self._refused: dict[str, str] = {}
        self._bytes_read = 0
        self._described = self._bounded(Described.of(self._cost.fields()))
        self.state = self._compiled(book)

    def draft(self, keeps_bytes: int) -> "tuple[RulesInForce, int | None]":
        """Return rules to try things with, which know of the catalogue what these know.

        With them comes the revision of the catalogue that is known at least; None where nothing of it is.
        """
        revision, described = self._item_revision, self._described
        draft = RulesInForce(NO_RULES, self._clock, self._max_bytes, keeps_bytes=keeps_bytes)
        if not described.fields or not revision:
            return draft, None
        draft._bytes_read = self._bytes_read
        draft._described = Described(dict(described.places), described.columns)
        draft.state = draft._compiled(NO_RULES)
        return draft, revision

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
        revisions = (position.placement, position.experiment)
        if revisions != self._revisions:
            stored = read_stored(store.placements.all())
            variants = read_variants(store.experiments.all(), self._clock())
            book = self.book.with_stored(stored).with_experiments(variants)
            self.replace(book, lambda: every_item(store.catalogue))
            self._revisions = revisions
        if not self._described.fields:
            self._item_revision = position.item
        if self._reads_again:
            self.replace(self.book, lambda: every_item(store.catalogue))
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
            self._described = self._with_changes(self._described, list(items))
            self._has_changed = True
            # Values that no item has any more, and those of rules that were left out, go when all is read again.
            self._reads_again |= self._value_bytes > 2 * self._bytes_read + SPARE_BYTES

    def replace(self, book: RuleBook, catalogue: Callable[[], Iterable[Item]]) -> None:
        """Go by another book at once; ``catalogue`` is read where its rules look at other fields."""
        if book != self.book:
            self._cost, self._refused = BookCost(written_rules(book), self._max_bytes), {}
        self._described = self._bounded(self._described)
        if self._reads_again or not self._cost.fields(self._refused) <= self._described.fields:
            self._described = self._read(catalogue)
        self.state = self._compiled(book)
        self._has_changed = False

    def settle(self) -> None:
        """Put in force what was taken, and pins that begin or end."""
        moment_us, state = self._clock(), self.state
        if self._has_changed or (state.holds_until_us is not None and state.holds_until_us <= moment_us):
            self._has_changed = False
            self.state = state.renewed(self._described, moment_us, self._refused)

    def check(self, name: str, rules: PlacementRules, n_items: int) -> None:
        """Raise RulesError where ``rules`` of the placement ``name`` cost too much on a catalogue of ``n_items``.

        They do, too, where they leave too little for rules of others that can be used today.
        """
        described = self._described
        size = CatalogueSize(max(n_items, len(described.places)), described.columns.dictionary.size_bytes)
        today = self._cost.beyond(size, self._refused)
        others = {other: problem for other, problem in today.items() if other != name}
        book = self.book.with_stored({**self.book.in_store, name: rules})
        found = BookCost(written_rules(book), self._max_bytes).beyond(size, others)
        for other in (name, *sorted(found.keys() - others.keys())):
            if other in found:
                of_other = "" if other == name else f"they leave too little for placement {other}: "
                raise RulesError(f"placement {name}: {of_other}{found[other]}")

    def problem_of(self, name: str) -> str | None:
        """Return why the rules of a placement are not used; None where they are."""
        return self._refused.get(name)

    @property
    def _value_bytes(self) -> int:
        return self._described.columns.dictionary.size_bytes.total()

    def _compiled(self, book: RuleBook) -> CompiledBook:
        told: set[str] = set()

        def tell(name: str, problem: str) -> None:
            if name not in told:
                told.add(name)
                _log.error("placement_refused", placement=name, error=problem)

        budget, earlier = Budget(self._cost, self._refused, tell), getattr(self, "state", None)
        return CompiledBook(book, self._described, self._clock(), budget, earlier)

    def _read(self, catalogue: Callable[[], Iterable[Item]]) -> Described:
        """Return what the rules look at in the whole catalogue; rules that cost too much on it are left out."""
        self._reads_again = True
        while self._reads_again:
            self._reads_again = False
            fields = self._cost.fields(self._refused) | self._kept(self._described)
            described, rest = Described.of(fields), iter(catalogue())
            while described.fields and not self._reads_again and (batch := list(islice(rest, BATCH_SIZE))):
                described = self._with_changes(described, batch)
        self._bytes_read = described.columns.dictionary.size_bytes.total()
        return described

    def _with_changes(self, described: Described, items: Sequence[Item]) -> Described:
        """Return ``described`` after ``items`` changed, without what is too dear with as many, or with their values."""
        n_new = len({item.item_id for item in items} - described.places.keys())
        return self._bounded(self._bounded(described, n_new).with_changes(items))

    def _bounded(self, described: Described, n_more: int = 0) -> Described:
        """Return ``described`` without what rules alone look at that cost too much on so many items; log these."""
        size = CatalogueSize(len(described.places) + n_more, described.columns.dictionary.size_bytes)
        found = self._cost.beyond(size, self._refused)
        for name in sorted(found.keys() - self._refused.keys()):
            _log.error("placement_refused", placement=name, error=found[name])
            self._reads_again = True
        self._refused = found
        wanted = self._cost.fields(found) & described.fields
        return described.of_fields(wanted | self._kept(described))

    def _kept(self, described: Described) -> frozenset[str]:
        """Return the fields that are kept although no rule looks at them: all, or none."""
        takes = described.columns.n_items * ITEM_BYTES * len(described.fields)
        takes += described.columns.dictionary.size_bytes.total()
        return described.fields if takes < self._keeps_bytes else frozenset()


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


def read_variants(stored: Iterable[StoredExperiment], moment_us: int) -> Mapping[str, PlacementRules]:
    """Return the rules of variants by ``experiment:variant``, of experiments that run or have not begun yet."""
    found: dict[str, PlacementRules] = {}
    for experiment in read_experiments(stored):
        for variant in experiment.variants:
            if variant.rules is not None and not experiment.is_over_at(moment_us):
                label = experiment.label(variant)
                try:
                    found[label] = PlacementRules.model_validate(variant.rules)
                except ValueError as error:
                    _log.error("placement_refused", placement=label, error=str(error))
    return found
