"""The files of the sample shop."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl

from training.sample.catalogue import SampleCatalogue, draw_catalogue
from training.sample.orders import GUEST, SampleLines, draw_order_lines
from training.sample.shop import SampleFiles, SampleShop
from training.sample.shoppers import Shoppers, draw_shoppers
from training.sample.truth import day_series, truth_json, truth_users

OnProgress = Callable[[str, int, int], None]

_ROWS_PER_CHUNK = 500_000
_FIRST_ORDER = 100_001
_GZIP_LEVEL = 3


def write_sample_shop(shop: SampleShop, out: Path, on_progress: OnProgress | None = None) -> SampleFiles:
    """Make up a shop and write it into the folder ``out``, which is made where it is missing.

    Args:
        shop: what it is like.
        out: gets the four files that SampleFiles names.
        on_progress: hears (step, done, total), total being order lines.

    Raises:
        SettingsError: so few customers cannot buy so much of so few items in so few days.
    """
    tell = on_progress or (lambda _step, _done, _total: None)
    out.mkdir(parents=True, exist_ok=True)
    tell("drawing orders", 0, shop.order_lines)
    # A stream of its own for each part: one more adjective must not move every order.
    of_items, of_users, of_orders = np.random.default_rng(shop.seed).spawn(3)
    catalogue = draw_catalogue(shop, of_items)
    shoppers = draw_shoppers(shop, catalogue, of_users)
    lines = draw_order_lines(shop, catalogue, shoppers, of_orders)
    tell("drawing orders", shop.order_lines, shop.order_lines)
    files = _describe(shop, lines, out)
    _write_orders(_order_frames(shop, catalogue, shoppers, lines, tell), files.orders)
    _catalogue_frame(shop, catalogue).write_csv(files.catalogue, float_precision=2)
    files.truth.write_text(truth_json(shop, catalogue, shoppers), encoding="utf-8")
    truth_users(shop, shoppers).write_parquet(files.truth_users)
    return files


def _describe(shop: SampleShop, lines: SampleLines, out: Path) -> SampleFiles:
    is_sale = lines.quantity > 0
    is_guest = is_sale & (lines.user == GUEST)
    return SampleFiles(
        orders=out / f"orders{shop.suffix}",
        catalogue=out / "catalogue.csv",
        truth=out / "truth.json",
        truth_users=out / "truth_users.parquet",
        n_order_lines=len(lines),
        n_orders=int(lines.order.max()) + 1,
        n_users=len(np.unique(lines.user[lines.user != GUEST])),
        n_guest_orders=len(np.unique(lines.order[is_guest])),
        n_returns=int((~is_sale).sum()),
    )


def _catalogue_frame(shop: SampleShop, catalogue: SampleCatalogue) -> pl.DataFrame:
    categories = pl.Series([aisle.category for aisle in catalogue.aisles], dtype=pl.String)
    return pl.DataFrame(
        {
            "item_id": catalogue.item_ids.tolist(),
            "title": catalogue.titles.tolist(),
            "category": categories.gather(catalogue.aisle_of),
            "price": catalogue.price,
            "introduced_at": day_series(shop, catalogue.introduced_day),
        }
    )


def _write_orders(frames: Iterator[pl.DataFrame], path: Path) -> None:
    if path.suffix == ".parquet":
        pl.concat(list(frames)).write_parquet(path)
        return
    with _text_file(path) as file:
        for number, frame in enumerate(frames):
            frame.write_csv(
                file, include_header=number == 0, datetime_format="%Y-%m-%dT%H:%M:%S", float_precision=2
            )


@contextmanager
def _text_file(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if path.suffix != ".gz":
            yield file
            return
        # Neither a name nor a time in the header: the same shop is the same bytes.
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
            yield cast("IO[bytes]", packed)


def _order_frames(
    shop: SampleShop, catalogue: SampleCatalogue, shoppers: Shoppers, lines: SampleLines, tell: OnProgress
) -> Iterator[pl.DataFrame]:
    user_ids = pl.Series([*shoppers.user_ids.tolist(), None])
    item_ids = pl.Series(catalogue.item_ids.tolist())
    titles = pl.Series(catalogue.titles.tolist())
    midnight = day_series(shop, np.zeros(1, dtype=np.int64)).cast(pl.Datetime("ms"))[0]
    for begin in range(0, len(lines), _ROWS_PER_CHUNK):
        some = lines.take(np.arange(begin, min(begin + _ROWS_PER_CHUNK, len(lines))))
        order = "W" + pl.Series(some.order + _FIRST_ORDER).cast(pl.String)
        yield pl.DataFrame(
            {
                "order_id": order + np.where(some.quantity < 0, "-R", ""),
                "customer_id": user_ids.gather(np.where(some.user == GUEST, len(shoppers), some.user)),
                "ordered_at": midnight + pl.Series(some.second * 1000).cast(pl.Duration("ms")),
                "sku": item_ids.gather(some.item),
                "title": titles.gather(some.item),
                "quantity": some.quantity,
                "unit_price": catalogue.price[some.item],
            }
        )
        tell("writing orders", begin + len(some), len(lines))
