"""``recsvc-train sample``."""

from datetime import date, datetime
from pathlib import Path

import click

from recsvc.errors import SettingsError
from training.cli.console import ConsoleProgress, make_console
from training.cli.options import NamedPath
from training.sample import SampleShop, write_sample_shop

_SHOP = SampleShop()


@click.command()
@click.option("--users", type=int, default=_SHOP.users, show_default=True)
@click.option("--items", type=int, default=_SHOP.items, show_default=True)
@click.option("--order-lines", type=int, default=_SHOP.order_lines, show_default=True)
@click.option("--days", type=int, default=_SHOP.days, show_default=True, help="Length of the history.")
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    default=str(_SHOP.end),
    show_default=True,
    help="Its last day.",
)
@click.option("--seed", type=int, default=_SHOP.seed, show_default=True)
@click.option(
    "--format",
    "suffix",
    type=click.Choice([".csv", ".csv.gz", ".parquet"]),
    default=".csv",
    show_default=True,
)
@click.option(
    "--out", type=NamedPath(path_type=Path, file_okay=False), default="sample-shop", show_default=True
)
def sample(
    users: int, items: int, order_lines: int, days: int, end: datetime, seed: int, suffix: str, out: Path
) -> None:
    """Make up a believable shop: order file, catalogue, and what was planted in them."""
    console = make_console()
    last_day = date(end.year, end.month, end.day)
    shop = SampleShop(users, items, order_lines, days, seed, last_day, suffix)  # type: ignore[arg-type]  # click checked it
    with ConsoleProgress(console).step("Make up a shop", order_lines) as done:
        try:
            files = write_sample_shop(shop, out, lambda _step, n_done, _total: done(n_done))
        except OSError as error:
            raise SettingsError(f"{out} cannot be written ({error.strerror}): name another --out") from error
    console.print(
        f"  {files.n_order_lines:,} order lines of {files.n_users:,} customers: {files.orders}",
        highlight=False,
        markup=False,
    )
