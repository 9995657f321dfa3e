"""Shoppers who asked not to be profiled."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody could say so before."""
    op.create_table(
        "objections",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("objects", sa.Boolean(), nullable=False),
        sa.Column("said_at_us", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("user_id"),
        sqlite_autoincrement=True,
    )
