"""Events, items, merges and tombstones."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(256)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first tables."""
    _make_events()
    _make_items()
    _make_shoppers()


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("occurred_at_us", sa.BigInteger(), nullable=False),
        sa.Column("received_at_us", sa.BigInteger(), nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("session_id", _ID),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("unit_price", sa.Double()),
        sa.Column("order_id", _ID),
        sa.Column("channel", sa.String(32)),
        sa.Column("event_id", _ID),
        sa.Column("recommendation_id", _ID),
        sa.UniqueConstraint("event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "events", ["user_id", "occurred_at_us"])
    op.create_index(None, "events", ["session_id", "occurred_at_us"])


def _make_items() -> None:
    op.create_table(
        "items",
        sa.Column("item_id", _ID, primary_key=True),
        sa.Column("title", sa.String(512)),
        sa.Column("url", sa.String(2048)),
        sa.Column("image_url", sa.String(2048)),
        sa.Column("price", sa.Double()),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("available_from_us", sa.BigInteger()),
        sa.Column("available_until_us", sa.BigInteger()),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("revision"),
    )


def _make_shoppers() -> None:
    op.create_table(
        "merges",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("from_id", _ID, nullable=False),
        sa.Column("to_user_id", _ID, nullable=False),
        sa.Column("merged_at_us", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("kind", "from_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "merges", ["to_user_id"])
    op.create_table(
        "tombstones",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("erased_at_us", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    salts = op.create_table("salts", sa.Column("salt", sa.LargeBinary(32), primary_key=True))
    op.bulk_insert(salts, [{"salt": secrets.token_bytes(32)}])
