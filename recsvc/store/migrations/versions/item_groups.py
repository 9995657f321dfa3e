"""Variants: an item names the product that it is a variant of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column of the group; no item of an older store has one."""
    op.add_column("items", sa.Column("group_id", sa.String(256)))
