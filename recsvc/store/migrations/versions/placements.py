"""Rules of placements."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of placements."""
    op.create_table(
        "placements",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON(none_as_null=True)),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("revision"),
    )
