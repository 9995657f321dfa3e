"""Experiments, and the users who keep the variant of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "experiments",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON(none_as_null=True)),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("revision"),
    )
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "experiment_members",
        sa.Column("number", number, primary_key=True),
        sa.Column("experiment", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("variant", sa.String(64), nullable=False),
        sa.UniqueConstraint("user_id", "experiment"),
        sqlite_autoincrement=True,
    )
