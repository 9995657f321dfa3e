"""What a shop's own system last said of its orders and products."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no shop was connected before."""
    op.create_table(
        "platform_records",
        sa.Column("platform", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("record_id", sa.String(256), primary_key=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("modified_at_us", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index(
        "ix_platform_records_platform_kind_created_at_us",
        "platform_records",
        ["platform", "kind", "created_at_us"],
    )
