"""Where one run takes its orders from."""

from collections.abc import Mapping
from dataclasses import dataclass

from recsvc.errors import SettingsError
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.sources.files import gather_files
from training.sources.gathering import RECOGNISE_ALL, Gathering
from training.sources.identities import NOBODY, Identities
from training.sources.raw_orders import RawOrders
from training.sources.shop_store import StoreAddress
from training.sources.sql import SqlQuery, gather_sql
from training.sources.store_orders import gather_store, store_catalogue

NO_SOURCE = "name where the orders are: --orders FILE, --from-store, or --orders-sql URL with --query"


@dataclass(frozen=True)
class OrderSources:
    """Sources of orders; where two have an order, the one named first here is believed.

    Attributes:
        files: paths and globs of order files.
        query: to a database of the shop's own.
        store: of the service: who was erased and merged is looked up there, where it exists.
        from_store: whether purchases that were posted to it are read as well.
    """

    files: tuple[str, ...] = ()
    query: SqlQuery | None = None
    store: StoreAddress | None = None
    from_store: bool = False

    def __post_init__(self) -> None:
        """Raise SettingsError when nothing is named."""
        if not (self.files or self.query or (self.from_store and self.store)):
            raise SettingsError(NO_SOURCE)

    @property
    def store_name(self) -> str:
        """Where the store is, for people."""
        return "no store" if self.store is None else self.store.name


def read_orders(sources: OrderSources, columns: Mapping[str, str] = RECOGNISE_ALL) -> RawOrders:
    """Read all sources; nothing of erased shoppers is returned, and second accounts are one with the first.

    Args:
        sources: what to read.
        columns: of files and the query, named by hand: canonical name to header name.

    Raises:
        DataError: a source cannot be used, or none has a row.
        StoreError: the store exists and cannot be read.
        SettingsError: an unknown canonical name.
    """
    gathering = Gathering()
    if sources.files:
        gather_files(sources.files, columns, gathering)
    if sources.query:
        gather_sql(sources.query, columns, gathering)
    if sources.from_store and sources.store:
        gather_store(sources.store, gathering)
    # Only now: whoever was erased while orders were read is erased.
    return identities_of(sources).applied_to(gathering.orders())


def identities_of(sources: OrderSources) -> Identities:
    """Return who was merged and erased, as the store says, if there is one; raises StoreError when it fails."""
    if sources.store is None or not sources.store.exists:
        return NOBODY
    with sources.store.opened() as store:
        return Identities.of(store)


def catalogue_of(sources: OrderSources) -> ShopCatalogue:
    """Return the catalogue of the store, if orders are read from it; raises StoreError when it fails."""
    if not sources.from_store or sources.store is None:
        return NO_CATALOGUE
    with sources.store.opened() as store:
        return store_catalogue(store)
