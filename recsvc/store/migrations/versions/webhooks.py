"""Changes of items, what a shop's own systems are told of them, and who tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody was told anything before."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "item_changes",
        sa.Column("number", number, primary_key=True),
        sa.Column("item_id", sa.String(256), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("in_stock", sa.Boolean()),
        sa.Column("was_price", sa.Double()),
        sa.Column("price", sa.Double()),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "item_changes", ["item_id", "number"])
    op.create_index(None, "item_changes", ["at_us"])
    op.create_table(
        "notices",
        sa.Column("number", number, primary_key=True),
        sa.Column("webhook_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("item_id", sa.String(256), nullable=False),
        sa.Column("occasion_us", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Double()),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_at_us", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger()),
        sa.Column("outcome", sa.String(16)),
        sa.UniqueConstraint("webhook_id"),
        sa.UniqueConstraint("user_id", "kind", "item_id", "occasion_us"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "notices", ["ended_at_us", "due_at_us"])
    op.create_table(
        "webhook_sender",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("holder", sa.String(32)),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("listens_until_us", sa.BigInteger(), nullable=False),
        sa.Column("quiet_until_us", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("endpoint", sa.String(32), nullable=False),
        sa.Column("n_failures", sa.Integer(), nullable=False),
        sa.Column("failing_since_us", sa.BigInteger()),
        sa.Column("paused_until_us", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at_us", sa.BigInteger()),
        sa.Column("disabled_because", sa.String(200), nullable=False),
        sa.Column("last_error", sa.String(200), nullable=False),
        sa.Column("last_sent_at_us", sa.BigInteger()),
    )
