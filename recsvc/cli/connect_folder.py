"""``recsvc connect folder``: files that a shop's own system drops, such as an ERP."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from recsvc.api.events import EventBatch, EventFields, Intake
from recsvc.catalogue.fields import Refused
from recsvc.catalogue.product_import import Told
from recsvc.cli.items import bought_items, columns_of, encoding_of
from recsvc.cli.options import database_url, guests_of, models_dir, of_shop
from recsvc.clock import now_us
from recsvc.connect.folder.drop_folder import PATTERNS, DropFolder, DroppedFile, FileKind
from recsvc.connect.folder.taking import PostedRows, Taken, Taker
from recsvc.errors import PlatformError
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.serving.list_ids import ListIds
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.store import Store

EXIT_LOOK = 3
PATIENCE_SECONDS = 60.0


def _marker_of(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what ends every name, or none."""
    if value is not None and (not value.strip() or os.sep in value):
        raise click.BadParameter(f"must be an ending of names such as .done, got {value!r}")
    return value


@click.command("folder")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--products", default=PATTERNS[FileKind.PRODUCTS], show_default=True, help="Names of files with products."
)
@click.option(
    "--stock",
    default=PATTERNS[FileKind.STOCK],
    show_default=True,
    help="Names of files with the stock alone.",
)
@click.option(
    "--events", default=PATTERNS[FileKind.EVENTS], show_default=True, help="Names of files with events."
)
@click.option(
    "--quiet-seconds",
    type=click.FloatRange(0, 86_400),
    default=60.0,
    show_default=True,
    help="A file that was not written to for so long is whole.",
)
@click.option(
    "--marker",
    callback=_marker_of,
    help="Ending of a second file that says that the first one is whole, such as .done or .ok.",
)
@click.option(
    "--column", "columns", multiple=True, callback=columns_of,
    help="Name a column of files with products, as in item_id=Artikelnummer. Repeatable.",
)  # fmt: skip
@click.option(
    "--stock-column", "stock_columns", multiple=True, callback=columns_of,
    help="Name a column of files with stock, as in item_id=Artikelnummer or stock=Bestand. Repeatable.",
)  # fmt: skip
@click.option(
    "--encoding", callback=encoding_of, help="Encoding of files that are no UTF-8, such as windows-1250."
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="What stands before decimals.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each file; store and move nothing.")
@of_shop
@models_dir
@database_url
def folder(
    folder: Path,
    products: str,
    stock: str,
    events: str,
    quiet_seconds: float,
    marker: str | None,
    columns: dict[str, str],
    stock_columns: dict[str, str],
    encoding: str | None,
    decimal_mark: str | None,
    dry_run: bool,
    config: Path | None,
    **options: object,
) -> None:
    """Take the files that another program dropped into FOLDER: products, stock, events; run it every few minutes.

    The oldest comes first. A file that is whole is stored and moved to FOLDER/done; one of which anything was refused
    to FOLDER/failed, with a .txt that names each row. One that is still being written waits: by its name (.tmp, .part,
    a dot before it), by --marker, or as long as it changes. Nothing counts twice, and two runs do not disturb each
    other.
    Exit status: 0, 3 where a file is in FOLDER/failed now or cannot be moved, or 1 where nothing can be taken now: the
    store does not answer, another run goes on, or the folder cannot be used.
    """
    settings = load_shop(config, options).settings
    configure_logging("error")
    patterns = {FileKind.PRODUCTS: products, FileKind.STOCK: stock, FileKind.EVENTS: events}
    place = DropFolder(folder, patterns, quiet_seconds, marker)
    with closing(make_store(settings, PATIENCE_SECONDS)) as store, ExitStack() as held:
        held.enter_context(place.held())
        told = Told(columns, encoding, decimal_mark, bought_items(store, settings), store.catalogue.get_many)
        stock_told = replace(told, columns=stock_columns)
        taker = Taker(
            store.catalogue, told, stock_told, _poster(store, settings, is_dry=dry_run), now_us, dry_run
        )
        waiting = place.waiting()
        taken = {file: _take(place, taker, file, is_dry=dry_run) for file in waiting.whole}
    for name, why in waiting.unfinished.items():
        click.echo(f"{name}: not whole yet: {why}")
    _sum_up(taken, len(waiting.unfinished), is_dry=dry_run)


def _take(place: DropFolder, taker: Taker, file: DroppedFile, *, is_dry: bool) -> Taken | None:
    """Take one file and say what became of it; None where it was still being written, so that it waits."""
    name = file.path.name
    try:
        place.check_movable(file)
    except PlatformError as error:
        return _kept(Taken(), error)
    if not file.is_unchanged():
        click.echo(f"{name}: changed since it was found; it waits for the next run")
        return None
    found = taker.take(file)
    if not file.is_unchanged():
        click.echo(f"{name}: changed while it was read; it waits for the next run")
        return None
    report = found.report(name)
    told = found.error or f"{found.n_rows:,} rows, {found.says}"
    told += f", {found.n_refused:,} refused" if found.n_refused else ""
    if is_dry:
        click.echo(f"{name}: would be taken: {told}")
        for number, reason in found.refused[:20]:
            click.echo(f"    row {number}: {reason}", err=True)
        return found
    try:
        moved = place.put_away(file, report)
    except PlatformError as error:
        click.echo(f"{name}: {told}", err=True)
        return _kept(found, error)
    click.echo(f"{name}: {told} -> {moved.parent.name}/{moved.name}", err=report is not None)
    return found


def _kept(found: Taken, error: PlatformError) -> Taken:
    """Say why a file did not go where it should; the others are taken all the same."""
    click.echo(f"error: {error}", err=True)
    return replace(found, error=str(error))


def _sum_up(taken: dict[DroppedFile, Taken | None], n_unfinished: int, *, is_dry: bool) -> None:
    fine = [one for one in taken.values() if one is not None and one.is_fine]
    failed = [one for one in taken.values() if one is not None and not one.is_fine]
    n_waiting = n_unfinished + sum(one is None for one in taken.values())
    parts = [
        f"{len(fine)} files {'would be ' if is_dry else ''}done",
        f"{len(failed)} failed",
        f"{n_waiting} not whole yet",
    ]
    for kind, noun in (
        (FileKind.PRODUCTS, "items stored"),
        (FileKind.STOCK, "stocks changed"),
        (FileKind.EVENTS, "events new"),
    ):
        n_changed = sum(one.n_changed for file, one in taken.items() if one is not None and file.kind is kind)
        parts += [f"{n_changed:,} {noun}"] if n_changed else []
    click.echo("; ".join(parts))
    if failed:
        sys.exit(EXIT_LOOK)


def _poster(
    store: Store, settings: Settings, *, is_dry: bool
) -> Callable[[Sequence[dict[str, Any]]], PostedRows]:
    guests = guests_of(settings)
    intake = Intake(store.events, lambda _users, _sessions: None, lambda: guests, ListIds(store).is_ours)
    return partial(_post, None if is_dry else intake)


def _post(intake: Intake | None, values: Sequence[dict[str, Any]]) -> PostedRows:
    """Take events as ``POST /v1/events`` does; without an ``intake`` only say what is wrong with them."""
    entries = list(EventBatch.model_validate({"events": list(values)}).events)
    if intake is None:
        refused = {place: one.detail for place, one in enumerate(entries) if isinstance(one, Refused)}
        n_without = sum(isinstance(one, EventFields) and not one.consent for one in entries)
        return PostedRows(len(entries) - len(refused) - n_without, 0, n_without, refused)
    answer, _ = intake.take(entries)
    return PostedRows(
        answer.accepted, answer.duplicates, answer.ignored, {one.index: one.detail for one in answer.rejected}
    )
