"""The tables. A change here needs a migration; a test compares the two."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

from recsvc.catalogue.item import MAX_TITLE_LENGTH, MAX_URL_LENGTH
from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.store.event import MAX_CHANNEL_LENGTH
from recsvc.store.outcome import MEASURES

END_US = 253_402_300_800_000_000
"""The end of the year 9999, in microseconds since 1970."""

MAX_KEY_NAME_LENGTH = 128
MAX_PLACEMENT_NAME_LENGTH = 64
MAX_ACTION_LENGTH = 32
MAX_EXPERIMENT_NAME_LENGTH = 64
MAX_BENEFIT_NAME_LENGTH = 64
MAX_STRATUM_LENGTH = 64
OFFER_ID_LENGTH = 32

_ID = String(MAX_ID_LENGTH)
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # there, only INTEGER counts up by itself

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

events = Table(
    "events",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("item_id", _ID, nullable=False),
    Column("occurred_at_us", BigInteger, nullable=False),
    Column("received_at_us", BigInteger, nullable=False),
    Column("user_id", _ID),
    Column("session_id", _ID),
    Column("quantity", Double, nullable=False),
    Column("unit_price", Double),
    Column("order_id", _ID),
    Column("channel", String(MAX_CHANNEL_LENGTH)),
    Column("event_id", _ID),
    Column("recommendation_id", _ID),
    Column("position", Integer),
    Column("seen", Boolean, nullable=False, server_default=false()),
    Index(
        None, "event_id", "user_id"
    ),  # an id counts for its shopper and its visit alone: recsvc/store/event_ids.py
    Index(None, "event_id", "session_id"),
    Index(None, "user_id", "occurred_at_us"),
    Index(None, "session_id", "occurred_at_us"),
    Index(None, "item_id", "number"),
    sqlite_autoincrement=True,  # a number is never given twice, or a reader would miss the second event
)

items = Table(
    "items",
    metadata,
    Column("item_id", _ID, primary_key=True),
    Column("item_key", _ID),  # what all spellings of the id have in common
    Column("title", String(MAX_TITLE_LENGTH)),
    Column("url", String(MAX_URL_LENGTH)),
    Column("image_url", String(MAX_URL_LENGTH)),
    Column("price", Double),
    Column("categories", JSON, nullable=False),
    Column("in_stock", Boolean, nullable=False),
    Column("available_from_us", BigInteger),
    Column("available_until_us", BigInteger),
    Column("attributes", JSON, nullable=False),
    Column("group_id", _ID),
    Column("updated_at_us", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False, unique=True),
    Index(None, "item_key", unique=True),
)

merges = Table(
    "merges",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("from_id", _ID, nullable=False),
    Column("to_user_id", _ID, nullable=False),
    Column("merged_at_us", BigInteger, nullable=False),
    UniqueConstraint("kind", "from_id"),
    Index(None, "to_user_id"),
    sqlite_autoincrement=True,
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("erased_at_us", BigInteger, nullable=False),
    UniqueConstraint("digest"),
    sqlite_autoincrement=True,
)

salts = Table("salts", metadata, Column("salt", LargeBinary(32), primary_key=True))
"""One row, which the first migration draws: the key of the tombstones."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("name", String(MAX_KEY_NAME_LENGTH), nullable=False),
    Column("origins", JSON, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger),
    Column("revoked_at_us", BigInteger),
)

placements = Table(
    "placements",
    metadata,
    Column("name", String(MAX_PLACEMENT_NAME_LENGTH), primary_key=True),
    Column("body", JSON(none_as_null=True)),
    Column("updated_at_us", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, unique=True),
)
"""A placement whose body is null was deleted; its row stays, so that the newest revision tells of the change."""

outcome_shares = Table(
    "outcome_shares",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("shopper_id", _ID, primary_key=True),
    Column("body", JSON, nullable=False),
)
"""What each shopper added to ``outcome_sums``, so that it can be taken back."""

outcome_sums = Table(
    "outcome_sums",
    metadata,
    Column("dimension", String(16), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("key", _ID, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    *(Column(measure, BigInteger, nullable=False) for measure in MEASURES),
)

outcome_queue = Table(
    "outcome_queue",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("shopper_id", _ID, nullable=False),
    sqlite_autoincrement=True,
)
"""Shoppers whose outcomes changed without an event: they were merged."""

outcome_state = Table(
    "outcome_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("cursor", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)
"""One row: the last event that outcomes were made of, and a number that each change of shares raises."""

audit = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("key_id", String(32)),
    Column("key_name", String(MAX_KEY_NAME_LENGTH), nullable=False),
    Column("action", String(MAX_ACTION_LENGTH), nullable=False),
    Column("subject", _ID, nullable=False),
    Column("body", JSON(none_as_null=True)),
    Index(None, "at_us"),
    Index(None, "subject", "number"),
    sqlite_autoincrement=True,
)

experiments = Table(
    "experiments",
    metadata,
    Column("name", String(MAX_EXPERIMENT_NAME_LENGTH), primary_key=True),
    Column("body", JSON(none_as_null=True)),
    Column("updated_at_us", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, unique=True),
)
"""An experiment whose body is null was deleted; its row stays, so that the newest revision tells of the change."""

experiment_members = Table(
    "experiment_members",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("experiment", String(MAX_EXPERIMENT_NAME_LENGTH), nullable=False),
    Column("user_id", _ID, nullable=False),
    Column("variant", String(MAX_EXPERIMENT_NAME_LENGTH), nullable=False),
    UniqueConstraint("user_id", "experiment"),
    sqlite_autoincrement=True,
)
"""Users whose variant is another than their id gives: they keep the one of a visit from before they signed in."""

benefits = Table(
    "benefits",
    metadata,
    Column("name", String(MAX_BENEFIT_NAME_LENGTH), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("updated_at_us", BigInteger, nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("offer_id", String(OFFER_ID_LENGTH)),
    Column("user_id", _ID),
    Column("benefit", String(MAX_BENEFIT_NAME_LENGTH), nullable=False),
    Column("is_held_out", Boolean, nullable=False),
    Column("stratum", String(MAX_STRATUM_LENGTH), nullable=False),
    Column("propensity", Double, nullable=False),
    Column("cost", Double, nullable=False),
    Column("decided_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("taken_at_us", BigInteger),
    Column("is_settled", Boolean, nullable=False),
    Column("has_ordered", Boolean, nullable=False),
    Column("revenue", Double, nullable=False),
    UniqueConstraint("offer_id"),
    Index(None, "user_id", "decided_at_us"),
    Index(None, "is_settled", "decided_at_us"),
    Index(None, "benefit", "decided_at_us"),
    sqlite_autoincrement=True,
)
"""A decision for each shopper and time, also to offer nothing; of who was erased, it stays as nobody's."""

mailings = Table(
    "mailings",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("created_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False),
    Column("finished_at_us", BigInteger),
    sqlite_autoincrement=True,
)
"""Exports of lists; one that was not finished was never sent."""

mailed_lists = Table(
    "mailed_lists",
    metadata,
    Column("list_key", LargeBinary(8), primary_key=True),
    Column("mailing", BigInteger, nullable=False),
    Column("user_id", _ID, nullable=False),
    Column("recommendation_id", _ID, nullable=False),
    Column("item_ids", JSON, nullable=False),
    Column("n_shown", Integer, nullable=False),
    Column("opened", JSON, nullable=False),
    Index(None, "user_id", "mailing"),
    Index(None, "mailing"),
)
"""The list of each shopper in a mailing: what its links mean, and when each was opened."""

objections = Table(
    "objections",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("user_id", _ID, nullable=False),
    Column("objects", Boolean, nullable=False),
    Column("said_at_us", BigInteger, nullable=False),
    UniqueConstraint("user_id"),
    sqlite_autoincrement=True,
)
"""Whether users asked not to be profiled; who has no row did not. A change is a new row, with the highest number."""

platform_records = Table(
    "platform_records",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("record_id", _ID, primary_key=True),
    Column("created_at_us", BigInteger, nullable=False),
    Column("modified_at_us", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
    Index(None, "platform", "kind", "created_at_us"),
)
"""What a shop's own system last said of orders and products, naming no shopper, and what it asks a person to do."""
