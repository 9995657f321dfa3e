"""``recsvc rules diff``: whose lists rules change, and what that costs, before anything is live."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from threadpoolctl import threadpool_limits

from recsvc.cli.options import book_of, database_url, models_dir, of_shop, registry_of
from recsvc.errors import RulesError
from recsvc.logs import configure_logging
from recsvc.model.model import Model
from recsvc.ranking.query import MAX_N
from recsvc.rules.rule_book import RuleBook
from recsvc.service import make_store, shop_beside
from recsvc.serving.experiments import ExperimentsInForce
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rehearsal import Change, Rehearsal, Summary, summary
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.event import EventType
from recsvc.store.store import Store

MAX_SHOPPERS = 10_000
SEED = 1

Watch = Callable[[list[str], str], Iterable[str]]
"""Passes on user ids, one after the other, while their lists of a placement are being made."""


@dataclass(frozen=True)
class Sample:
    """How many shoppers' lists are compared, of how many items, at which placement; None: at all that have rules."""

    n_shoppers: int = 500
    n: int = 10
    placement: str | None = None


@click.command()
@of_shop
@models_dir
@database_url
@click.option(
    "--shoppers",
    type=click.IntRange(1, MAX_SHOPPERS),
    default=500,
    show_default=True,
    help="Drawn at random.",
)
@click.option("--placement", help="Only this one.  [default: all with rules]")
@click.option("--n", type=click.IntRange(1, MAX_N), default=10, show_default=True, help="Items of a list.")
@click.option("--json", "as_json", is_flag=True, help="Figures alone, for programs.")
def diff(
    config: Path | None, shoppers: int, placement: str | None, n: int, as_json: bool, **options: object
) -> None:
    """Compare lists with rules and without, for shoppers of the live model drawn at random.

    Lists are made from what the model knows, so that what shoppers bought since can say how well each foresaw it.
    No cache is read or written.
    """
    configure_logging("error")
    shop = load_shop(config, options)
    with closing(make_store(shop.settings)) as store, threadpool_limits(1):
        found = compare(shop.settings, store, book_of(shop), Sample(shoppers, n, placement), _watched)
    if as_json:
        click.echo(json.dumps([asdict(summary) for summary in found.summaries], indent=2))
    else:
        print_comparison(found, n, Console())


@dataclass(frozen=True)
class Comparison:
    """What was found, and the model that names the items."""

    summaries: list[Summary]
    model: Model


def compare(
    settings: Settings,
    store: Store,
    book: RuleBook,
    sample: Sample,
    watch: Watch = lambda users, _name: users,
) -> Comparison:
    """Return what the rules of ``book`` and the store change, of one placement or all; ``watch`` sees the progress.

    Raises RulesError where there are none, ModelError without a usable version, StoreError when the database fails.
    """
    live = LiveVersion.of(registry_of(settings).load(), settings.diversity)
    shop = replace(
        shop_beside(live, store, settings, book), cold_start=None, experiments=ExperimentsInForce()
    )
    only, known = sample.placement, shop.rules.names()
    names = [name for name in known if only in (None, name)]
    if not names:
        missing = "there are no rules" if only is None else f"placement {only!r:.80} has no rules"
        raise RulesError(f"{missing}: [placements.NAME] in the settings file makes some")
    rehearsal = Rehearsal(live, shop, sample.n, lambda user_id: _bought_since(store, live, user_id))
    users = rehearsal.sample(sample.n_shoppers, SEED)
    found = [summary(name, [rehearsal.change(name, user) for user in watch(users, name)]) for name in names]
    return Comparison(found, live.recommender.model)


def _watched(users: list[str], name: str) -> Iterable[str]:
    """Show how far it is: a bar on a terminal, a line elsewhere."""
    console = Console(stderr=True)
    title = f"Lists of {escape(name)} for {len(users):,} shoppers"
    if console.is_terminal:
        return track(users, title, console=console, transient=True)
    console.print(title, highlight=False)
    return users


def print_comparison(found: Comparison, n: int, console: Console) -> None:
    """Print a table, and the lists that change most."""
    table = Table(
        "placement", "changed", f"other of {n}", "short", "empty", "score kept", f"recall@{n} of buyers",
        box=None, pad_edge=False,
    )  # fmt: skip
    for of_placement in found.summaries:
        table.add_row(*_columns(of_placement))
    console.print(table)
    for of_placement in found.summaries:
        for number, change in enumerate(of_placement.examples, start=1):
            console.print(f"\n[bold]{escape(of_placement.placement)}[/bold], example {number}")
            console.print(_side_by_side(change, found.model))


def _columns(found: Summary) -> Iterator[str]:
    yield escape(found.placement)
    yield f"{found.n_changed:,} of {found.n_shoppers:,}"
    yield f"{found.mean_other:.1f}"
    yield from (f"{found.n_short:,}", f"{found.n_empty:,}")
    yield "" if found.kept is None else f"{found.kept:.1%}"
    before, after = found.recall_before, found.recall_after
    yield "" if before is None or after is None else f"{before:.3f} to {after:.3f} ({found.n_buyers:,})"


def _side_by_side(change: Change, model: Model) -> Table:
    table = Table("", "without rules", "with rules", box=None, pad_edge=False)
    for rank in range(max(len(change.before), len(change.after))):
        cells = (
            _title(model, items[rank]) if rank < len(items) else "" for items in (change.before, change.after)
        )
        table.add_row(str(rank + 1), *cells)
    return table


def _title(model: Model, item_id: str) -> str:
    index = model.items.index_of(item_id)
    return escape((model.titles[index] if index is not None else "") or item_id)


def _bought_since(store: Store, live: LiveVersion, user_id: str) -> frozenset[str]:
    newest = live.manifest.data_through
    if newest is None:
        return frozenset()
    since_us = datetime.fromisoformat(newest).timestamp() * 1e6
    events = store.events.history_of(user_id, types={EventType.PURCHASE})
    return frozenset(event.item_id for event in events if event.occurred_at_us > since_us)
