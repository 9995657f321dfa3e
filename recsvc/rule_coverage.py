"""What rules find in a catalogue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from recsvc.rules.columns import Columns
from recsvc.rules.compiled_rules import fields_of_rules
from recsvc.rules.evaluation import Evaluation
from recsvc.rules.expression import ATTRIBUTE
from recsvc.rules.parser import parse
from recsvc.rules.placement_rules import PlacementRules
from recsvc.store.item import Item
from recsvc.store.store import BATCH_SIZE, Catalogue, every_item


@dataclass
class Coverage:
    """Counted so far.

    Attributes:
        n_met: how many items meet the filter, for each of the rules.
        fields: what the rules look at.
        n_items: of the catalogue.
        attributes: names of those that any item has.
    """

    n_met: list[int]
    fields: frozenset[str]
    n_items: int = 0
    attributes: set[str] = field(default_factory=set)

    @property
    def unknown_fields(self) -> set[str]:
        """The attributes that rules look at and no item has."""
        wanted = {name for name in self.fields if name.startswith(ATTRIBUTE)}
        return wanted - {ATTRIBUTE + name for name in self.attributes}


def measure(catalogue: Catalogue, rules: Sequence[PlacementRules]) -> Coverage:
    """Return how many items of ``catalogue`` meet each of ``rules``; raises StoreError when the database fails."""
    found = Coverage([0] * len(rules), frozenset().union(*map(fields_of_rules, rules)))
    for items in _batches(catalogue):
        found.n_items += len(items)
        found.attributes.update(*(item.attributes for item in items))
        columns = Columns.of(enumerate(items), len(items), found.fields)
        places = {item.item_id: place for place, item in enumerate(items)}
        evaluation = Evaluation(columns, places.get)
        for number, one in enumerate(rules):
            if one.filter is not None:
                found.n_met[number] += int(evaluation.items(parse(one.filter)).sum())
    return found


def _batches(catalogue: Catalogue) -> Iterator[list[Item]]:
    items = (item for item in every_item(catalogue) if not item.withdrawn)
    while batch := list(islice(items, BATCH_SIZE)):
        yield batch
