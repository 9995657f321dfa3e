"""Lists that were exported for mails, so that their links can be resolved."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "mailings",
        sa.Column("number", number, primary_key=True),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_us", sa.BigInteger()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mailed_lists",
        sa.Column("list_key", sa.LargeBinary(8), primary_key=True),
        sa.Column("mailing", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("recommendation_id", sa.String(256), nullable=False),
        sa.Column("item_ids", sa.JSON(), nullable=False),
        sa.Column("n_shown", sa.Integer(), nullable=False),
        sa.Column("opened", sa.JSON(), nullable=False),
    )
    op.create_index("ix_mailed_lists_user_id_mailing", "mailed_lists", ["user_id", "mailing"])
    op.create_index("ix_mailed_lists_mailing", "mailed_lists", ["mailing"])
