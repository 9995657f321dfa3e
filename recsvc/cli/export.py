"""``recsvc export``: lists for mail and CRM, as a file."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.console import Console

from recsvc.cli.options import book_of, database_url, models_dir, of_shop
from recsvc.cli.progress import say, shown
from recsvc.clock import now_us
from recsvc.errors import SettingsError
from recsvc.logs import configure_logging
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.exporting import (
    MERGED,
    NAMED,
    OBJECTING,
    UNWRITABLE,
    Exported,
    Exporting,
    Target,
    digest_of,
)
from recsvc.mailing.list_rows import ERASED, HELD_OUT, TOO_SHORT
from recsvc.mailing.mail_items import NEEDS
from recsvc.mailing.mail_row import FIELDS, Layout, decimals_of
from recsvc.mailing.row_files import FORMATS
from recsvc.mailing.shopper_fields import FIELDS as SHOPPER_FIELDS
from recsvc.ranking.query import MAX_N, Placement
from recsvc.service import make_store
from recsvc.settings.mail import check_page
from recsvc.settings.shops import load_shop

EXIT_INTERRUPTED = 130

WORDS = {
    ERASED: "erased",
    MERGED: "merged into another account",
    NAMED: "named by --without",
    OBJECTING: "who asked not to be profiled",
    HELD_OUT: "in the hold-out of an experiment",
    TOO_SHORT: "with fewer items than --at-least",
    UNWRITABLE: "whose id or code a spreadsheet would compute, which CSV cannot hold safely: use --format jsonl",
}
"""What the summary says of shoppers without a row."""

_SEGMENT = "; ".join(f"{field.name} ({field.about})" for field in SHOPPER_FIELDS)


@click.group()
def export() -> None:
    """Write lists for mail and CRM to files."""


@export.command("lists")
@of_shop
@models_dir
@database_url
@click.option(
    "--placement",
    default=str(Placement.FOR_YOU),
    show_default=True,
    help="One that depends on the shopper alone.",
)
@click.option("--n", type=click.IntRange(1, MAX_N), default=8, show_default=True, help="Items of a row.")
@click.option("--spares", type=int, default=4, show_default=True, help="Spare items, in case some sell out.")
@click.option(
    "--at-least",
    type=int,
    help="Who gets fewer items has no row: a mail has no empty places.  [default: --n]",
)
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, which must not exist.  [default: lists-PLACEMENT-DATE.FORMAT]",
)
@click.option(
    "--field",
    "fields",
    type=click.Choice(FIELDS),
    multiple=True,
    help="What is told of each item beside its id; repeatable.  [default: all]",
)
@click.option(
    "--needs",
    type=click.Choice(NEEDS),
    multiple=True,
    default=("title", "link"),
    show_default=True,
    help="An item without it is in no mail; repeatable.",
)
@click.option(
    "--segment", help=f"Only shoppers who meet this condition, in the language of rules, of: {_SEGMENT}."
)
@click.option(
    "--not-in-last",
    type=click.IntRange(0, 100),
    default=0,
    show_default=True,
    metavar="K",
    help="Nothing that the last K mails to the shopper held.",
)
@click.option(
    "--without",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with a user id a line: who asked for no mails, or not to be profiled.",
)
@click.option(
    "--link-base",
    help="Address at which shoppers reach this service, like https://recs.shop.example: links then are resolved when "
    "they are opened, and clicks are counted.  [default: the links of the catalogue]",
)
@click.option(
    "--offers",
    "has_offers",
    is_flag=True,
    help="Add what is offered to each shopper (offer_title, offer_code, …); each offer is promised from then on.",
)
@click.option("--trial", is_flag=True, help="Keep nothing of it in the store; it does not count as a mail.")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="That make lists at the same time.  [default: one a processor]",
)
def lists(
    config: Path | None,
    placement: str,
    n: int,
    spares: int,
    at_least: int | None,
    kind: str,
    output: Path | None,
    fields: tuple[str, ...],
    needs: tuple[str, ...],
    segment: str | None,
    not_in_last: int,
    without: Path | None,
    link_base: str | None,
    has_offers: bool,
    trial: bool,
    processes: int | None,
    **options: object,
) -> None:
    """Write one row a shopper, with the items of their list: titles, links, pictures, prices, reasons and spares.

    Lists are as the service gives them now. Nothing sold out is among them, and who was erased has no row. Run again
    after Ctrl-C or a crash, the same command goes on where it ended; the file appears when it is whole. Exit status: 0
    done, 2 usage, 130 interrupted, 1 anything else.
    """
    shop = load_shop(config, options)
    configure_logging(shop.settings.log_level)  # a traceback that shows values would show ids
    left_out = frozenset() if without is None else _ids_in(without)
    plan = ExportPlan(
        placement=placement,
        n=n,
        n_spares=spares,
        at_least=n if at_least is None else at_least,
        segment=segment,
        not_in_last=not_in_last,
        needs=tuple(dict.fromkeys(needs)),
        link_base=None if link_base is None else _base(link_base),
        is_trial=trial,
        language=shop.settings.language,
        without=digest_of(left_out),
        has_offers=has_offers,
    )
    told = tuple(name for name in FIELDS if name in fields) or FIELDS
    has_spares = kind != "csv" or link_base is None
    target = Target(
        output or Path(f"lists-{placement}-{datetime.now(UTC):%Y-%m-%d}.{kind}"),
        FORMATS[kind](),
        Layout(n, spares if has_spares else 0, told, has_offers, decimals_of(shop.settings.currency)),
        processes or _processors(),
    )
    _run(Exporting(shop.settings, book_of(shop), plan, target, left_out), Console())


@export.command("forget")
@of_shop
@models_dir
@database_url
def forget(config: Path | None, **options: object) -> None:
    """Delete what exports kept whose links have ended; each export does the same before it begins."""
    with closing(make_store(load_shop(config, options).settings)) as store:
        store.mailed.forget_ended(now_us())


def _run(exporting: Exporting, console: Console) -> None:
    started = time.monotonic()
    with ExitStack() as showing:

        def show(version: str, n_shoppers: int) -> Callable[[int], None]:
            return showing.enter_context(shown(console, f"Lists of {version}", n_shoppers, "shoppers"))

        try:
            done = replace(exporting, show=show).run()
        except KeyboardInterrupt:
            showing.close()
            say(console, "Ended. The same command goes on from there.")
            sys.exit(EXIT_INTERRUPTED)
    say(console, _summary(exporting, done, time.monotonic() - started))


def _summary(exporting: Exporting, done: Exported, seconds: float) -> str:
    made = done.n_shoppers - done.n_before
    lines = [
        f"{exporting.target.output}: {done.n_rows:,} rows; {made:,} shoppers in {seconds:.1f} s"
        + (f", {done.n_before:,} were there" if done.n_before else "")
    ]
    if exporting.plan.has_offers:
        lines.append(f"with an offer: {done.n_offers:,}")
    lines += [f"without a row: {n:,} {WORDS[why]}" for why, n in sorted(done.left_out.items()) if n]
    if done.n_strangers:
        lines.append(
            f"--without: {done.n_strangers:,} of {len(exporting.without):,} ids are of nobody whom the live version "
            "knows"
        )
    if done.n_unfit:
        needs = ", ".join(exporting.plan.needs) + exporting.plan.where_links_lead(exporting.settings.shop_url)
        lines.append(f"in no list: {done.n_unfit:,} items of the catalogue without all of {needs}")
    if not done.n_rows:
        lines.append("There is no row: the options leave nobody, or nobody has enough items.")
    return "\n".join(lines)


def _base(address: str) -> str:
    """Return the address before ``/r/…``; raises SettingsError where it is none."""
    base = address.rstrip("/")
    try:
        check_page(base)
    except ValueError as error:
        raise SettingsError(f"--link-base {error}") from None
    if urlsplit(base).query or urlsplit(base).fragment:
        raise SettingsError(f"--link-base must end with a host or a path, got {address!r:.80}")
    return base


def _ids_in(path: Path) -> frozenset[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--without {path} cannot be read as UTF-8: {error}") from error
    return frozenset(one for one in map(_unquoted, lines) if one)


def _unquoted(line: str) -> str:
    """Return an id without the quotes in which a file of one column of CSV has it."""
    text = line.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"').strip() if is_quoted else text


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
