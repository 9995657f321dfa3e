"""The sources that one run takes its orders from."""

from collections.abc import Mapping
from dataclasses import dataclass

from recsvc.errors import SettingsError
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.sources.files import gather_files
from training.sources.gathering import RECOGNISE_ALL, Gathering
from training.sources.identities import NOBODY, Identities
from training.sources.raw_orders import RawOrders
from training.sources.shop_store import StoreAddress
from training.sources.sql import SqlQuery, gather_sql
from training.sources.store_exposures import read_exposures
from training.sources.store_orders import gather_store, store_catalogue

NO_SOURCE = "name where the orders are: --orders FILE, --from-store, or --orders-sql URL with --query"


@dataclass(frozen=True)
class OrderSources:
    """Sources of orders; where two sources have the same order, the one named first here counts.

    Attributes:
        files: paths and globs of order files.
        query: a query of a database of the shop.
        store: the store of the service; where it exists, erased and merged users are looked up in it, and what
            its lists led to.
        from_store: whether purchases in the store are read as well.
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


def read_orders(
    sources: OrderSources, columns: Mapping[str, str] = RECOGNISE_ALL, encoding: str | None = None
) -> RawOrders:
    """Read all sources; lines of erased users are left out, and second accounts get the id of the first.

    Args:
        sources: what to read.
        columns: of files and the query, named by hand: canonical name to header name.
        encoding: of the text files; None: it is detected.

    Raises:
        DataError: a source cannot be used, or none has a row.
        StoreError: the store exists and cannot be read.
        SettingsError: an unknown canonical name.
    """
    gathering = Gathering()
    if sources.files:
        gather_files(sources.files, columns, gathering, encoding)
    if sources.query:
        gather_sql(sources.query, columns, gathering)
    if sources.from_store and sources.store:
        gather_store(sources.store, gathering)
    # Looked up last, so that users who were erased while orders were read are left out as well.
    return identities_of(sources).applied_to(gathering.orders())


def identities_of(sources: OrderSources) -> Identities:
    """Return the merged and erased users of the store, where there is one; raises StoreError when it fails."""
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


def exposures_of(sources: OrderSources) -> Exposures:
    """Return what lists showed and what was clicked, where there is a store; raises StoreError when it fails."""
    if sources.store is None or not sources.store.exists:
        return NO_EXPOSURES
    with sources.store.opened() as store:
        return read_exposures(store)
