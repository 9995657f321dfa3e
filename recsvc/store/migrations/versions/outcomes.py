"""Outcomes: what lists lead to, by day; events say where in the list the item was, and whether it was in view."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.String(256)
_MEASURES = (
    "impressions", "seen", "clicks", "carts",
    "orders", "units", "revenue", "revenue_returned",
    "seen_orders", "seen_units", "seen_revenue", "seen_revenue_returned",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables; nothing was counted yet, and the events so far belong to no list."""
    op.add_column("events", sa.Column("position", sa.Integer()))
    op.add_column("events", sa.Column("seen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "outcome_shares",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("shopper_id", _ID, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "shopper_id", name="pk_outcome_shares"),
    )
    op.create_table(
        "outcome_sums",
        sa.Column("dimension", sa.String(16), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        *(sa.Column(measure, sa.BigInteger(), nullable=False) for measure in _MEASURES),
        sa.PrimaryKeyConstraint("dimension", "day", "key", "bucket", name="pk_outcome_sums"),
    )
    op.create_table(
        "outcome_queue",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("shopper_id", _ID, nullable=False),
        sqlite_autoincrement=True,
    )
    state = op.create_table(
        "outcome_state",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(state, [{"id": 1, "cursor": 0, "epoch": 0}])
