"""Benefits that the shop may offer, and what was decided for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "benefits",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
    )
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "offers",
        sa.Column("number", number, primary_key=True),
        sa.Column("offer_id", sa.String(32)),
        sa.Column("user_id", sa.String(256)),
        sa.Column("benefit", sa.String(64), nullable=False),
        sa.Column("is_held_out", sa.Boolean(), nullable=False),
        sa.Column("stratum", sa.String(64), nullable=False),
        sa.Column("propensity", sa.Double(), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_at_us", sa.BigInteger()),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("has_ordered", sa.Boolean(), nullable=False),
        sa.Column("revenue", sa.Double(), nullable=False),
        sa.UniqueConstraint("offer_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "offers", ["user_id", "decided_at_us"])
    op.create_index(None, "offers", ["is_settled", "decided_at_us"])
    op.create_index(None, "offers", ["benefit", "decided_at_us"])
