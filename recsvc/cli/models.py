"""``recsvc models``: the versions in the models directory."""

import json
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from threadpoolctl import threadpool_limits

from recsvc.cli.options import book_of, database_url, models_dir, of_shop, registry_of
from recsvc.logs import configure_logging
from recsvc.model.artifact import Manifest
from recsvc.model.registry import Registry, VersionEntry
from recsvc.ranking.query import MAX_N
from recsvc.service import make_store, shop_beside
from recsvc.serving.compared_versions import (
    MAX_SHOPPERS,
    QUESTIONS,
    SHOPPERS,
    ComparedLists,
    Difference,
    Figure,
    Share,
    compared_lists,
    counts_of,
    differences_of,
    figures_of,
)
from recsvc.serving.live_model import LiveVersion
from recsvc.settings.shops import load_shop
from recsvc.web.quality import gate_of, in_words, measured_of


@click.group()
def models() -> None:
    """List, show and switch the model versions."""


@models.command("list")
@of_shop
@models_dir
def list_versions(config: Path | None, **options: object) -> None:
    """List all versions, newest first; * marks the live one.

    A name begins with the time of publication. R@20 is the share of what shoppers bought next that was among 20
    suggestions, new R@20 that of what they never bought before.
    """
    registry = registry_of(load_shop(config, options).settings)
    table = Table(
        "",
        "version",
        "data through",
        "users",
        "items",
        "R@20",
        "new R@20",
        box=None,
        pad_edge=False,
    )
    for column in table.columns:
        column.no_wrap = True
    for entry in registry.versions():
        table.add_row(*_columns(entry))
    Console().print(table if table.row_count else f"{registry.directory} has no versions yet")


@models.command()
@click.argument("version", required=False)
@of_shop
@models_dir
@click.option("--json", "as_json", is_flag=True, help="The whole manifest, for programs.")
def show(version: str | None, as_json: bool, config: Path | None, **options: object) -> None:
    """Check VERSION (by default the live one) and say what it is and how good it was.

    With --json, print its whole manifest.
    """
    registry = registry_of(load_shop(config, options).settings)
    manifest = registry.load(version).manifest
    console = Console()
    if as_json:
        console.print_json(data=vars(manifest))
    else:
        _describe(manifest, registry, console)


def _describe(manifest: Manifest, registry: Registry, console: Console) -> None:
    """Print what fits a screen."""
    through = manifest.data_through or "undated"
    rows = {
        "created": manifest.created,
        "data through": through,
        "format": manifest.format_version,
        "bytes": sum(path.stat().st_size for path in (registry.directory / manifest.model_version).iterdir()),
        **manifest.counts,
        "fitted with": ", ".join(f"{name} {value}" for name, value in manifest.fitted_with.items()),
    }
    table = Table(escape(manifest.model_version), "", box=None, pad_edge=False, show_header=False)
    for name, value in rows.items():
        table.add_row(escape(name.replace("_", " ")), _value(value))
    console.print(f"[bold]{escape(manifest.model_version)}[/bold]")
    console.print(table)
    for measured in measured_of(manifest):
        console.print(escape(in_words(measured)), highlight=False)
    gate = gate_of(manifest)
    console.print(escape(gate.words), highlight=False, style="" if gate.is_good else "yellow")
    for check in gate.of("failed"):
        console.print(f"  REFUSED  {escape(check.sentence)}", highlight=False, style="red")


@models.command()
@click.argument("version")
@of_shop
@models_dir
def activate(version: str, config: Path | None, **options: object) -> None:
    """Check VERSION and make it the live one."""
    registry_of(load_shop(config, options).settings).activate(version)
    click.echo(f"{version} is live")


@models.command()
@of_shop
@models_dir
def rollback(config: Path | None, **options: object) -> None:
    """Make the version before the live one live."""
    version = registry_of(load_shop(config, options).settings).rollback()
    click.echo(f"{version} is live")


@models.command()
@click.argument("first")
@click.argument("second")
@of_shop
@models_dir
@database_url
@click.option("--placement", "placements", multiple=True, help="Only this one. Repeatable.  [default: all]")
@click.option(
    "--shoppers",
    type=click.IntRange(0, MAX_SHOPPERS),
    default=SHOPPERS,
    show_default=True,
    help="Whose lists are compared, drawn at random; 0: none.",
)
@click.option("--n", type=click.IntRange(1, MAX_N), default=10, show_default=True, help="Items of a list.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def compare(
    first: str,
    second: str,
    placements: tuple[str, ...],
    shoppers: int,
    n: int,
    as_json: bool,
    config: Path | None,
    **options: object,
) -> None:
    """Compare two versions: what each foresaw, what it was made with, and lists of a few shoppers.

    Lists are those that the shoppers would get now, without experiments; nothing is cached or stored.
    """
    configure_logging("error")
    of = load_shop(config, options)
    settings = of.settings
    registry = registry_of(settings)
    one, other = (LiveVersion.of(registry.load(name), settings.diversity) for name in (first, second))
    lists = []
    if shoppers:
        book = book_of(of)
        with closing(make_store(settings)) as store, threadpool_limits(1):
            shop = shop_beside(one, store, settings, book)
            names = placements or tuple(shop.rules.book.all())
            lists = [compared_lists(one, other, shop, name, n=n, n_shoppers=shoppers) for name in names]
    manifests = (one.manifest, other.manifest)
    found = Comparison(
        figures_of(*manifests), counts_of(*manifests), differences_of(*manifests), tuple(lists)
    )
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
    else:
        _print(found, (first, second), Console())


@dataclass(frozen=True)
class Comparison:
    """All that is said of two versions."""

    figures: list[Figure]
    counts: list[Difference]
    settings: list[Difference]
    lists: tuple[ComparedLists, ...]


def _print(found: Comparison, names: tuple[str, str], console: Console) -> None:
    if found.figures:
        table = Table("asked for", "share", *names, box=None, pad_edge=False)
        for figure in found.figures:
            table.add_row(figure.question, figure.words, _share(figure.first), _share(figure.second))
        console.print(table)
    else:
        console.print("Neither was measured: they were not made by a training run.")
    table = Table("", *names, box=None, pad_edge=False)
    for row in (*found.counts, *found.settings):
        table.add_row(escape(row.name), *(_value(value) for value in (row.first, row.second)))
    console.print(table)
    for lists in found.lists:
        _print_lists(lists, names, console)


def _print_lists(lists: ComparedLists, names: tuple[str, str], console: Console) -> None:
    share = lists.share_in_both
    said = "no shopper is known to both" if share is None else f"{share:.0%} of the first are in both"
    console.print(f"\n[bold]{escape(lists.placement)}[/bold]: {said}")
    for pair in lists.pairs:
        table = Table(f"shopper {escape(pair.user_id)}", *names, box=None, pad_edge=False)
        columns = [
            [f"{'  ' if item in other else '* '}{escape(lists.titles.get(item, item))}" for item in items]
            for items, other in ((pair.first, pair.second), (pair.second, pair.first))
        ]
        for rank, cells in enumerate(zip_longest(*columns, fillvalue=""), start=1):
            table.add_row(str(rank), *cells)
        console.print(table)


def _share(found: Share | None) -> str:
    if found is None:
        return "not measured"
    interval = "" if found.low is None or found.high is None else f" ({found.low:.3f} to {found.high:.3f})"
    return f"{found.mean:.3f}{interval}"


def _value(value: object) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else escape(str(value))


def _columns(entry: VersionEntry) -> tuple[str, ...]:
    mark = "*" if entry.is_live else ""
    if entry.manifest is None:
        return (mark, entry.model_version, escape(f"damaged: {entry.problem}"), *[""] * 4)
    manifest = entry.manifest
    through = "undated" if manifest.data_through is None else manifest.data_through[:10]
    counts = (f"{manifest.counts.get(name, 0):,}" for name in ("users", "items"))
    return (
        mark,
        entry.model_version,
        through,
        *counts,
        *(_recall(manifest, name) for name in QUESTIONS),
    )


def _recall(manifest: Manifest, question: str) -> str:
    """Return what a version was measured to foresee; a dash where it was not measured."""
    found = next((one for one in measured_of(manifest) if one.question == QUESTIONS[question]), None)
    return "-" if found is None else f"{found.ours.mean:.3f}"
