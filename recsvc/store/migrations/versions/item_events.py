"""Events by item."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index by which the first buyers of an item are found."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL statement_timeout = 0")  # there may be many events already
    op.create_index(None, "events", ["item_id", "number"])
