"""Event ids count for their shopper and visit, no longer for the whole shop."""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNIQUE = "uq_events_event_id"


def upgrade() -> None:
    """Let shoppers have events of the same id, and find the events of a shopper or a visit by their ids."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SET LOCAL statement_timeout = 0")  # there may be many events already
        op.drop_constraint(_UNIQUE, "events")
    else:  # SQLite drops no constraint: the table is copied
        last = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'events'")).scalar()
        with op.batch_alter_table("events", table_kwargs={"sqlite_autoincrement": True}) as events:
            events.drop_constraint(_UNIQUE, type_="unique")
        # A number is never given twice, also where the events with the last numbers were erased.
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'events'"))
        if last is not None:
            connection.execute(text("INSERT INTO sqlite_sequence VALUES ('events', :last)"), {"last": last})
    op.create_index(None, "events", ["event_id", "user_id"])
    op.create_index(None, "events", ["event_id", "session_id"])
