"""The store, in SQLite or PostgreSQL: events, the catalogue, users, keys, placements and experiments."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select

from recsvc.store.api_keys import Keys
from recsvc.store.audit import Audit
from recsvc.store.benefits import StoredBenefits
from recsvc.store.database import POSTGRES, SQLITE, Database
from recsvc.store.event_log import EventLog
from recsvc.store.experiment_reading import ExperimentReading
from recsvc.store.experiments import StoredExperiments
from recsvc.store.exposure_reading import ExposureReading
from recsvc.store.interest import Interest
from recsvc.store.item_catalogue import Catalogue
from recsvc.store.item_changes import ItemChanges
from recsvc.store.item_search import ItemSearch
from recsvc.store.mailed_lists import MailedLists
from recsvc.store.notice_memory import NoticeMemory
from recsvc.store.notices import Notices
from recsvc.store.objections import Objections
from recsvc.store.offers import StoredOffers
from recsvc.store.outcome_records import Outcomes
from recsvc.store.platform_records import PlatformRecords
from recsvc.store.shop_counts import ShopCounts
from recsvc.store.stored_placements import StoredPlacements
from recsvc.store.tables import (
    events,
    experiment_members,
    experiments,
    items,
    merges,
    objections,
    placements,
    salts,
    tombstones,
)
from recsvc.store.user_records import Users
from recsvc.store.webhook_sender import WebhookSender

DATABASE_FILE = "recsvc.db"
"""The file of the store, in the models directory, where no other database is named."""

_POSITION = select(
    *(
        select(func.coalesce(func.max(column), 0)).scalar_subquery()
        for column in (
            events.c.number,
            items.c.revision,
            merges.c.number,
            tombstones.c.number,
            placements.c.revision,
            experiments.c.revision,
            experiment_members.c.number,
            objections.c.number,
        )
    )
)


@dataclass(frozen=True)
class Position:
    """How far each part of the store has come: a part whose number is the same has not changed."""

    event: int
    item: int
    merge: int
    tombstone: int
    placement: int
    experiment: int = 0
    member: int = 0
    objection: int = 0


class Store:
    """The parts of the store, in one database; every method raises StoreError when the database fails.

    Attributes:
        events: what shoppers did.
        catalogue: the items.
        search: finds items for people.
        users: joined, shown and erased.
        keys: of clients.
        placements: the rules that the shop sent.
        outcomes: what lists led to.
        audit: who changed what.
        counts: how much there is of it all.
        experiments: that the shop makes, and who is an exception in them.
        reading: what shoppers did, as results of experiments need it.
        exposures: what lists showed and what was clicked, as training needs it.
        benefits: what the shop may offer.
        offers: what was decided for whom.
        mailed: lists that were exported for mails.
        objections: who asked not to be profiled.
        platform: what the shop's own system last said of its orders and products.
        item_changes: what became of stock and prices.
        interest: who looked at items.
        notices: what the shop's own systems are to be told of shoppers, and were.
        memory: what of that nobody is told again.
        sender: who sends webhooks.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.events = EventLog(database)
        self.catalogue = Catalogue(database)
        self.search = ItemSearch(database)
        self.users = Users(database)
        self.keys = Keys(database)
        self.placements = StoredPlacements(database)
        self.outcomes = Outcomes(database)
        self.audit = Audit(database)
        self.counts = ShopCounts(database)
        self.experiments = StoredExperiments(database)
        self.reading = ExperimentReading(database)
        self.exposures = ExposureReading(database)
        self.benefits = StoredBenefits(database)
        self.offers = StoredOffers(database)
        self.mailed = MailedLists(database)
        self.objections = Objections(database)
        self.platform = PlatformRecords(database)
        self.item_changes = ItemChanges(database)
        self.interest = Interest(database)
        self.notices = Notices(database)
        self.memory = NoticeMemory(database)
        self.sender = WebhookSender(database)

    @property
    def parts(self) -> dict[str, object]:
        """The parts by their names."""
        return {name: part for name, part in vars(self).items() if not name.startswith("_")}

    @property
    def system(self) -> str:
        """What the database is: ``sqlite`` or ``postgresql``."""
        return POSTGRES if self._database.is_postgres else SQLITE

    def prepare(self) -> None:
        """Bring the tables up to date; the first use does it otherwise."""
        self._database.prepare()

    @property
    def refuses_writes(self) -> bool:
        """Whether the last write was refused because the database is read-only or full; it may still be read."""
        return self._database.refuses_writes

    def position(self) -> Position:
        """Return how far the store has come: one cheap query for a follower of the store."""
        with self._database.read() as connection:
            return Position(*connection.execute(_POSITION).one())

    def shop_id(self) -> str:
        """Return what tells this store from those of other shops; all who use it are told the same.

        It comes from the salt that the first migration draws; in SQLite also from the number of the file, so that a
        copy of a models directory is another shop.
        """
        with self._database.read() as connection:
            salt, place = bytes(connection.execute(select(salts.c.salt)).scalar_one()), self._database.place()
        return hashlib.blake2b(place, digest_size=8, key=salt, person=b"recsvc shop").hexdigest()

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes that only those know who can read the store, the same for all of them.

        They come from the salt that the first migration draws, so a copy of the store has the same ones.

        Args:
            purpose: at most 16 ASCII characters; each has a secret of its own.
        """
        with self._database.read() as connection:
            salt = bytes(connection.execute(select(salts.c.salt)).scalar_one())
        return hashlib.blake2b(digest_size=32, key=salt, person=purpose.encode()).digest()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def open_store(url: str, *, timeout_seconds: float = 5.0, max_connections: int = 8) -> Store:
    """Return the store at ``url``: ``sqlite:///path`` or ``postgresql://user:password@host/database``.

    Nothing is opened yet; the first use raises StoreError when the database does not answer.

    Args:
        url: of the database.
        timeout_seconds: how long anything waits for the database before it fails.
        max_connections: that this process opens, at most.
    """
    return Store(Database(url, timeout_seconds=timeout_seconds, max_connections=max_connections))
