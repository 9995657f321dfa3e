"""The tables of what a shop's own systems are told. A change here needs a migration; a test compares the two."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, String, Table, UniqueConstraint

from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.store.tables import NUMBER, metadata

MAX_NOTICE_KIND_LENGTH = 32
MAX_OUTCOME_LENGTH = 16
MAX_REASON_LENGTH = 200

_ID = String(MAX_ID_LENGTH)

item_changes = Table(
    "item_changes",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("item_id", _ID, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("in_stock", Boolean),
    Column("was_price", Double),
    Column("price", Double),
    Index(None, "item_id", "number"),
    Index(None, "at_us"),
    sqlite_autoincrement=True,
)
"""What became of the stock (``in_stock``) or of the price of items, while somebody listens."""

notices = Table(
    "notices",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("webhook_id", String(64), nullable=False),
    Column("kind", String(MAX_NOTICE_KIND_LENGTH), nullable=False),
    Column("user_id", _ID, nullable=False),
    Column("item_id", _ID, nullable=False),
    Column("occasion_us", BigInteger, nullable=False),
    Column("price", Double),
    Column("created_at_us", BigInteger, nullable=False),
    Column("due_at_us", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ended_at_us", BigInteger),
    Column("outcome", String(MAX_OUTCOME_LENGTH)),
    UniqueConstraint("webhook_id"),
    UniqueConstraint("user_id", "kind", "item_id", "occasion_us"),
    Index(None, "ended_at_us", "due_at_us"),
    sqlite_autoincrement=True,
)
"""What a shop's own systems are to be told of a shopper, or were; ``item_id`` is empty where it is of no item."""

webhook_sender = Table(
    "webhook_sender",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String(32)),
    Column("beat", BigInteger, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("listens_until_us", BigInteger, nullable=False),
    Column("quiet_until_us", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("endpoint", String(32), nullable=False),
    Column("n_failures", Integer, nullable=False),
    Column("failing_since_us", BigInteger),
    Column("paused_until_us", BigInteger, nullable=False),
    Column("disabled_at_us", BigInteger),
    Column("disabled_because", String(MAX_REASON_LENGTH), nullable=False),
    Column("last_error", String(MAX_REASON_LENGTH), nullable=False),
    Column("last_sent_at_us", BigInteger),
)
"""One row, once webhooks are sent: who sends them, how far that is, and how the receiver is."""
