"""The rules of a book and a catalogue at one moment, compiled for the versions that lists are made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.rules.columns import Columns
from recsvc.rules.compiled_rules import CompiledRules, compile_rules, never_shown, next_change_us
from recsvc.rules.cost import BookCost, CatalogueSize
from recsvc.rules.described import Described, Placed
from recsvc.rules.expression import CATEGORIES
from recsvc.rules.placement_rules import PlacementRules
from recsvc.rules.rule_book import Origin, RuleBook
from recsvc.serving.live_catalogue import learned_names
from recsvc.serving.live_model import LiveVersion

_numbers = count(1)

Tell = Callable[[str, str], None]
"""Is told a placement whose rules are not used, and why."""


def written_rules(book: RuleBook) -> dict[str, PlacementRules]:
    """Return the rules of the placements that have any, built-in ones first, and of variants of experiments."""
    written = {
        name: rules for name, rules in book.all().items() if book.origin_of(name) is not Origin.BUILT_IN
    }
    return {**written, **book.in_experiments}


@dataclass(frozen=True)
class Budget:
    """What rules may cost.

    Attributes:
        cost: what they do cost.
        refused: the placements whose rules are not used, and why.
        tell: is told of those that are not used for one version.
    """

    cost: BookCost
    refused: Mapping[str, str]
    tell: Tell


class CompiledBook:
    """A book and a catalogue at one moment; rules are compiled for a version when a list of it is made.

    Rules that cost too much on the catalogue, or on the items of a version, are not used: lists are as without them.

    Attributes:
        number: no other state of the process has it.
        refused: the placements whose rules are not used for any version, and why.

    Columns that were made for the book ``earlier`` are used again where the catalogue is the same.
    """

    def __init__(
        self,
        book: RuleBook,
        described: Described,
        now_us: int,
        budget: Budget,
        earlier: "CompiledBook | None" = None,
    ) -> None:
        self.book = book
        self.number = next(_numbers)
        self.refused = budget.refused
        self._rules = written_rules(book)
        self._described = described
        self._now_us = now_us
        self._budget = budget
        moments = (next_change_us(rules, now_us) for rules in self._rules.values())
        self.holds_until_us = min((moment for moment in moments if moment is not None), default=None)
        # Nothing here keeps a version that is no longer live.
        self._compiled: WeakKeyDictionary[LiveVersion, dict[str, CompiledRules]] = WeakKeyDictionary()
        self._columns: WeakKeyDictionary[LiveVersion, Placed] = WeakKeyDictionary()
        self._refused_for: WeakKeyDictionary[LiveVersion, Mapping[str, str]] = WeakKeyDictionary()
        # Until columns are made of what another book's were made of.
        self._earlier: WeakKeyDictionary[LiveVersion, Placed] = WeakKeyDictionary()
        if earlier is not None and earlier._described.places is described.places:
            self._earlier.update(earlier._earlier)
            self._earlier.update(earlier._columns)
        # Where the items are that are never shown: the same as long as book and version are.
        self._never: WeakKeyDictionary[LiveVersion, dict[str, NDArray[np.intp]]] = WeakKeyDictionary()
        self._lock = Lock()

    def names(self) -> tuple[str, ...]:
        """Return the placements that have rules, built-in ones first."""
        return tuple(name for name in self._rules if name not in self.book.in_experiments)

    def compiled(self, name: str, live: LiveVersion) -> CompiledRules | None:
        """Return the rules of a placement, ready to be applied to lists of ``live``; None without any."""
        rules = self._rules.get(name)
        if rules is None or name in self.refused:
            return None
        known = self._compiled.get(live, {}).get(name)
        if known is None:
            with self._lock:
                return self._compile(name, rules, live, None)
        return known

    def renewed(self, described: Described, now_us: int, refused: Mapping[str, str]) -> "CompiledBook":
        """Return the same book later, with the rules compiled that are compiled here."""
        later = CompiledBook(self.book, described, now_us, replace(self._budget, refused=refused))
        later._never = self._never
        for live, names in list(self._compiled.items()):
            earlier = self._columns.get(live)
            for name in list(names):
                if name not in later.refused:
                    later._compile(name, self._rules[name], live, earlier)
        return later

    def _compile(
        self, name: str, rules: PlacementRules, live: LiveVersion, earlier: Placed | None
    ) -> CompiledRules | None:
        if name in self._too_dear_for(live):
            return None
        columns = self._columns_of(live, earlier)
        index_of = live.recommender.model.items.index_of
        never = self._never.setdefault(live, {})
        if rules.never and name not in never:
            never[name] = never_shown(rules, index_of)
        known = compile_rules(rules, columns, index_of, self._now_us, self._described, never.get(name))
        self._compiled.setdefault(live, {})[name] = known
        return known

    def _too_dear_for(self, live: LiveVersion) -> Mapping[str, str]:
        """Return the placements whose rules are not used for ``live``, which may have more items than the catalogue."""
        if live not in self._refused_for:
            n_items, found = live.recommender.model.n_items, self.refused
            if n_items > len(self._described.places):
                size = CatalogueSize(n_items, self._described.columns.dictionary.size_bytes)
                found = self._budget.cost.beyond(size, self.refused)
            for name in found.keys() - self.refused.keys():
                self._budget.tell(name, found[name])
            self._refused_for[live] = found
        return self._refused_for[live]

    def _columns_of(self, live: LiveVersion, earlier: Placed | None) -> Columns:
        if live not in self._columns:
            earlier = self._earlier.pop(live, None) if earlier is None else earlier
            model = live.recommender.model
            fields = self._budget.cost.fields(without=self._too_dear_for(live))
            described = self._described.of_fields(fields)
            placed = described.placed(model.items.places_of, model.n_items, earlier)
            if CATEGORIES in fields:
                columns = placed.columns.completed(CATEGORIES, _learned_categories(model))
                placed = replace(placed, columns=columns)
            self._columns[live] = placed
        return self._columns[live].columns


def _learned_categories(model: Model) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the items that the model learned categories of, with these."""
    for index in np.flatnonzero(np.diff(model.item_categories.indptr)).tolist():
        yield index, learned_names(model, index)
