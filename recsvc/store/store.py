"""The contract that every store keeps."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from recsvc.catalogue.item import Item, ItemChanges
from recsvc.store.api_key import ApiKey
from recsvc.store.event import Appended, Event, EventBatch, EventType
from recsvc.store.user import Erasure, Export, Kind, Merge, Tombstones


@dataclass(frozen=True)
class StoredPlacement:
    """One entry of the store.

    Attributes:
        name: of the placement.
        body: the rules as values of JSON; what they mean is not for the store to say.
        updated_at_us: when they were sent, in microseconds since 1970.
    """

    name: str
    body: dict[str, Any]
    updated_at_us: int


HISTORY_LIMIT = 500
BATCH_SIZE = 10_000


def is_storable(external_id: str) -> bool:
    """Return whether an id can be in a store at all: Unicode text without NUL."""
    try:
        return b"\0" not in external_id.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


@dataclass(frozen=True)
class Position:
    """How far each part of the store has come; a part that has not moved has not changed."""

    event: int
    item: int
    merge: int
    tombstone: int
    placement: int


class EventLog(Protocol):
    """Events, in the order in which they were stored."""

    def append(self, events: Sequence[Event]) -> Appended:
        """Store ``events``, all or none; when it returns they are on disk.

        An event whose ``event_id`` is known is stored once, however often it arrives; without one, each counts.
        """

    def history_of(
        self, user_id: str, limit: int = HISTORY_LIMIT, types: Collection[EventType] | None = None
    ) -> list[Event]:
        """Return the newest events of a shopper (of ``types``, by default all), newest first."""

    def history_of_session(
        self, session_id: str, limit: int = HISTORY_LIMIT, types: Collection[EventType] | None = None
    ) -> list[Event]:
        """Return the newest events of a session, newest first."""

    def since(
        self, cursor: int = 0, limit: int = BATCH_SIZE, types: Collection[EventType] | None = None
    ) -> EventBatch:
        """Return the next events stored after number ``cursor``; none is ever stored behind a reader's back."""

    def purchases_of(self, item_ids: Collection[str], cursor: int = 0, limit: int = BATCH_SIZE) -> EventBatch:
        """Return the next purchases of any of ``item_ids`` stored after number ``cursor``."""

    def batches(
        self, cursor: int = 0, size: int = BATCH_SIZE, types: Collection[EventType] | None = None
    ) -> Iterator[EventBatch]:
        """Yield all events stored after ``cursor``, each batch read by a transaction of its own."""


class Catalogue(Protocol):
    """Items, by id."""

    def get(self, item_id: str) -> Item | None:
        """Return the item, or None when it is unknown or withdrawn."""

    def get_many(self, item_ids: Collection[str]) -> dict[str, Item]:
        """Return those of ``item_ids`` that are known and not withdrawn."""

    def put(self, items: Sequence[Item]) -> int:
        """Store ``items``, replacing those of the same id, all or none; return how many were new."""

    def patch(self, item_id: str, changes: Mapping[str, Any]) -> Item | None:
        """Change an item as ``Item.patched`` does; return it, or None when it is unknown or withdrawn."""

    def withdraw(self, item_id: str, at_us: int) -> None:
        """Forget what is known of the item and remember, known or not, that it must not be shown."""

    def changes_since(self, revision: int = 0, limit: int = BATCH_SIZE) -> ItemChanges:
        """Return the next items that changed after ``revision``."""


def every_item(catalogue: Catalogue) -> Iterator[Item]:
    """Yield what was said of all items, withdrawn ones too, read in batches."""
    changes = catalogue.changes_since()
    while changes.items:
        yield from changes.items
        changes = catalogue.changes_since(changes.revision)


class Users(Protocol):
    """Joining, showing and forgetting shoppers."""

    def resolve(self, kind: Kind, external_id: str) -> str | None:
        """Return the user that a session or a second account was merged into, or None."""

    def merge(self, kind: Kind, from_id: str, to_user_id: str, at_us: int) -> int:
        """Make the events of ``from_id``, past and future, those of ``to_user_id``; return how many moved.

        Raises ConflictError when one of the two was erased, both are the same, or ``from_id`` is a user who was
        merged into another one.
        """

    def merges(self) -> list[Merge]:
        """Return all merges, oldest first."""

    def export(self, user_id: str) -> Export:
        """Return everything held on the shopper, under whichever of their ids."""

    def erase(self, user_id: str, at_us: int) -> Erasure:
        """Delete everything held on the shopper, under all their ids, for good; a tombstone stays of each id."""

    def tombstones(self) -> Tombstones:
        """Return who was erased."""


class Keys(Protocol):
    """The keys of clients."""

    def add(self, key: ApiKey) -> None:
        """Store a new key."""

    def all(self) -> list[ApiKey]:
        """Return every key that was ever made, oldest first."""

    def revoke(self, key_id: str, at_us: int) -> bool:
        """Make a key useless for good; return whether there is one of that id."""


class Placements(Protocol):
    """The rules of placements that did not come from a file, by name."""

    def all(self) -> list[StoredPlacement]:
        """Return all of them, by name."""

    def get(self, name: str) -> StoredPlacement | None:
        """Return the one of that name, or None."""

    def put(self, placement: StoredPlacement) -> bool:
        """Store it, replacing the one of that name; return whether there was none."""

    def delete(self, name: str, at_us: int) -> bool:
        """Forget the one of that name; return whether there was one."""


class Store(Protocol):
    """Events, the catalogue, shoppers, keys and placements; every method raises StoreError when the database fails."""

    @property
    def events(self) -> EventLog:
        """What shoppers did."""

    @property
    def catalogue(self) -> Catalogue:
        """What is sold."""

    @property
    def shoppers(self) -> Users:
        """Who is who."""

    @property
    def keys(self) -> Keys:
        """Who may ask."""

    @property
    def placements(self) -> Placements:
        """What the shop wants of its lists."""

    def prepare(self) -> None:
        """Bring the tables up to date; done by itself at first use."""

    def position(self) -> Position:
        """Return how far the store has come: one cheap question for whoever follows it."""

    def close(self) -> None:
        """Release connections."""
