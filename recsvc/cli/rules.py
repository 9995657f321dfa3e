"""``recsvc rules``: check what the shop wants of its lists before it is in force."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import click

from recsvc.catalogue.item import Item
from recsvc.cli.options import database_url, models_dir, of_shop
from recsvc.cli.rule_costs import cost_table
from recsvc.cli.rule_diff import diff
from recsvc.errors import RulesError, StoreError
from recsvc.logs import configure_logging
from recsvc.model.registry import Registry
from recsvc.rules.columns import Columns
from recsvc.rules.compiled_rules import fields_of_rules
from recsvc.rules.cost import BookCost, CatalogueSize
from recsvc.rules.dictionary import Dictionary
from recsvc.rules.evaluation import ConditionEvaluation
from recsvc.rules.expression import ATTRIBUTE, context_of
from recsvc.rules.parser import parse
from recsvc.rules.phrases import nearest
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.rules.rule_book import TABLE, Origin
from recsvc.service import make_store
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.database import BATCH_SIZE
from recsvc.store.item_catalogue import Catalogue, every_item
from recsvc.store.store import Store


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


def measure(catalogue: Catalogue, rules: Sequence[PlacementRules], dictionary: Dictionary) -> Coverage:
    """Return how many items of ``catalogue`` meet each of ``rules``, whose values ``dictionary`` collects.

    Raises StoreError when the database fails.
    """
    found = Coverage([0] * len(rules), frozenset().union(*map(fields_of_rules, rules)))
    for items in _batches(catalogue):
        found.n_items += len(items)
        found.attributes.update(*(item.attributes for item in items))
        columns = Columns.of(enumerate(items), len(items), found.fields, dictionary)
        places = {item.item_id: place for place, item in enumerate(items)}
        evaluation = ConditionEvaluation(columns, places.get)
        for number, of_placement in enumerate(rules):
            if of_placement.filter is not None:
                found.n_met[number] += int(evaluation.items(parse(of_placement.filter)).sum())
    return found


def _batches(catalogue: Catalogue) -> Iterator[list[Item]]:
    items = (item for item in every_item(catalogue) if not item.withdrawn)
    while batch := list(islice(items, BATCH_SIZE)):
        yield batch


EXIT_WRONG = 2


@click.group()
def rules() -> None:
    """Check the rules of placements, and see what they change."""


@rules.command()
@of_shop
@models_dir
@database_url
def check(config: Path | None, **options: object) -> None:
    """Read the rules of the settings file and of the store, and say what each does.

    Exit status: 0 all make sense, 2 some do not.
    """
    shop = load_shop(config, options)
    settings = shop.settings
    configure_logging("error")
    entries = [(Origin.FILE, name, table) for name, table in shop.placements.items()]
    with closing(make_store(settings)) as store:
        try:
            entries += [(Origin.STORE, stored.name, stored.body) for stored in store.placements.all()]
        except StoreError as error:
            click.echo(f"only the file is checked: {error}", err=True)
            has_errors = _report(entries, None, settings)
        else:
            has_errors = _report(entries, store, settings)
    if has_errors:
        sys.exit(EXIT_WRONG)


def _report(entries: list[tuple[Origin, str, object]], store: Store | None, settings: Settings) -> bool:
    """Print what each of ``entries`` does and costs; return whether any makes no sense, or costs too much."""
    good: list[tuple[Origin, str, PlacementRules]] = []
    for origin, name, table in entries:
        try:
            good.append((origin, name, read_placement(name, table)))
        except RulesError as error:
            click.echo(f"error ({origin}): {error}", err=True)
    cost = BookCost({name: rules for _, name, rules in good}, settings.max_rules_bytes)
    n_items, dictionary = _n_items(store, settings), Dictionary()
    refused = cost.beyond(CatalogueSize(n_items))
    used = [entry for entry in good if entry[1] not in refused]
    coverage = None if store is None else measure(store.catalogue, [rules for *_, rules in used], dictionary)
    size = CatalogueSize(n_items, dictionary.size_bytes)
    for number, (origin, name, rules) in enumerate(used):
        n_met = None if coverage is None else coverage.n_met[number]
        effects = "; ".join(_effects(rules, n_met, coverage))
        click.echo(f"{name} ({origin}): ranks like {rules.base_of(name)}; {effects}")
    for line in cost_table(cost, size):
        click.echo(line)
    for name, problem in cost.beyond(size, refused).items():
        click.echo(f"error: placement {name}: {problem}", err=True)
    for line in () if coverage is None else _unknown(coverage):
        click.echo(line, err=True)
    if not entries:
        click.echo(
            f"there are no rules: [{TABLE}.NAME] in the settings file, or PUT /v1/placements/NAME, makes some"
        )
    return len(good) < len(entries) or bool(cost.beyond(size, refused))


def _n_items(store: Store | None, settings: Settings) -> int:
    """Return how many items the catalogue has, or the live version where that has more."""
    learned = [
        entry.manifest.counts.get("items", 0)
        for entry in Registry(settings.models_dir).versions()
        if entry.is_live and entry.manifest is not None
    ]
    return max(0 if store is None else store.catalogue.count(), *learned, 0)


def _effects(rules: PlacementRules, n_met: int | None, coverage: Coverage | None) -> Iterator[str]:
    if rules.filter is not None:
        counted = (
            "" if coverage is None else f" ({n_met:,} of {coverage.n_items:,} items{_whose(rules.filter)})"
        )
        yield f"only {rules.filter}{counted}"
    for boost in rules.boosts:
        yield f"{boost.factor:g} times the score where {boost.when}"
    if rules.pins:
        yield f"pins {', '.join(f'{pin.item_id} at {pin.position}' for pin in rules.pins)}"
    for cap in rules.caps:
        yield f"at most {cap.at_most} of one {cap.by}"
    yield from _left_out(rules)
    if rules.rotation is not None:
        yield f"what was shown {rules.rotation.after_impressions} times in vain comes last"
    if rules.variants == "all":
        yield "all variants of a product"
    if rules.fill is not None:
        yield "filled with what sells" if rules.fill == "trending" else "not filled"


def _left_out(rules: PlacementRules) -> Iterator[str]:
    if rules.never:
        yield f"{len(rules.never):,} item{'s' if len(rules.never) > 1 else ''} never"
    if rules.exclude_bought_days is not None:
        yield f"nothing bought in the last {rules.exclude_bought_days:g} days"
    if rules.min_stock is not None:
        yield f"no known stock below {rules.min_stock:g}"


def _whose(filter_: str) -> str:
    return ", for a shopper nobody knows" if context_of(parse(filter_)) else ""


def _unknown(coverage: Coverage) -> Iterator[str]:
    """Yield what is most likely a misspelled attribute."""
    if not coverage.n_items:
        return
    for unknown in sorted(coverage.unknown_fields):
        name = unknown.removeprefix(ATTRIBUTE)
        meant = nearest(name, coverage.attributes)
        yield f"warning: no item has the attribute {name}{f'; did you mean {meant}?' if meant else ''}"


rules.add_command(diff)
