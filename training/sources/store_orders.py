"""Purchases and returns that were posted to the service, as raw order lines; and its catalogue."""

from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.catalogue.item import Item
from recsvc.model.categories import paths_of
from recsvc.store.event import EventColumns, EventType
from recsvc.store.item_catalogue import Catalogue, every_item
from recsvc.store.store import Store
from training.history.catalogue import ShopCatalogue
from training.sources.columns import ColumnPlan
from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.gathering import Gathering
from training.sources.identifiers import clean_ids
from training.sources.parquet import as_text
from training.sources.shop_store import StoreAddress

BATCH_ROWS = 50_000
COLUMNS = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price")
PLAN = ColumnPlan("events", COLUMNS, {name: (at,) for at, name in enumerate(COLUMNS)})
BOUGHT_AND_RETURNED = (EventType.PURCHASE, EventType.RETURN)


def gather_store(address: StoreAddress, into: Gathering, batch_rows: int = BATCH_ROWS) -> None:
    """Read the purchases and returns of the store, batch by batch.

    Each row has the number of its event. Purchases of a session that was never joined to a user are a guest's.

    Raises TooLittleDataError when there is no store, StoreError when it fails.
    """
    with address.opened() as store:

        def read(_plan_columns: PlanColumns, compact: Compact) -> tuple[Table, None]:
            batches = store.events.batches(size=batch_rows, types=BOUGHT_AND_RETURNED)
            frames = [compact(_lines_of(batch, store.catalogue)) for batch in batches]
            return Table(PLAN, None, frames), None

        into.add(address.name, read, origin="store")


def store_catalogue(store: Store) -> ShopCatalogue:
    """Return titles and categories of the items in the store; withdrawn ones are left out.

    Each category is with those above it, where its name is a path such as ``Kitchen > Baking``.
    """
    items = [item for item in every_item(store.catalogue) if not item.withdrawn]
    ids = clean_ids(pl.Series([item.item_id for item in items], dtype=pl.String)).to_list()
    known = [(item_id, item) for item_id, item in zip(ids, items, strict=True) if item_id is not None]
    categories = ((item_id, _categories(item)) for item_id, item in known)
    return ShopCatalogue(
        titles={item_id: item.title for item_id, item in known if item.title},
        categories={item_id: names for item_id, names in categories if names},
        n_rows=len(items),
        groups={item_id: item.group_id for item_id, item in known if item.group_id},
    )


def _categories(item: Item) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(paths_of(name) for name in item.categories)))


def _lines_of(batch: EventColumns, catalogue: Catalogue) -> pl.DataFrame:
    """Return the events as order lines; what was returned has a negative quantity, as in exports."""
    sign = np.where(np.asarray(batch.types) == EventType.RETURN, -1.0, 1.0)
    moments = pl.Series(batch.occurred_at_us).cast(pl.Datetime("us"))
    return pl.DataFrame(
        {
            "row": pl.Series(batch.numbers),
            "malformed": pl.repeat(value=False, n=len(batch), dtype=pl.Boolean, eager=True),
            "user_id": pl.Series(batch.user_ids, dtype=pl.String),
            "item_id": pl.Series(batch.item_ids, dtype=pl.String),
            "ordered_at": moments.dt.to_string("%Y-%m-%d %H:%M:%S%.6f"),
            "order_id": pl.Series(batch.order_ids, dtype=pl.String),
            "quantity": as_text(pl.Series(sign * batch.quantity)),
            "unit_price": as_text(pl.Series(_prices(batch, catalogue)).fill_nan(None)),
        }
    )


def _prices(batch: EventColumns, catalogue: Catalogue) -> NDArray[np.float64]:
    """Return the price paid, else the one in the catalogue; NaN where neither is known."""
    prices = batch.unit_price.copy()
    unknown = np.flatnonzero(np.isnan(prices))
    items = catalogue.get_many({batch.item_ids[at] for at in unknown})
    for at in unknown:
        item = items.get(batch.item_ids[at])
        prices[at] = (item and item.price) or np.nan  # a price of 0 says as little as none
    return prices
