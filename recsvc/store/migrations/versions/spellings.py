"""One spelling of everybody in older stores, and the key by which an item is found."""

import sqlalchemy as sa
from alembic import op

from recsvc.identity.nobody import BY_NAME, is_placeholder
from recsvc.identity.spelling import canonical_item_id, item_key, likely_spellings
from recsvc.identity.tombstones import tombstone

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EVENTS = sa.table("events", sa.column("user_id"), sa.column("session_id"), sa.column("item_id"))
_ITEMS = sa.table("items", sa.column("item_id"), sa.column("item_key"), sa.column("revision"))
_MERGES = sa.table(
    "merges", sa.column("number"), sa.column("kind"), sa.column("from_id"), sa.column("to_user_id")
)
_TOMBSTONES, _SALTS = sa.table("tombstones", sa.column("digest")), sa.table("salts", sa.column("salt"))


def upgrade() -> None:
    """Give each user and item the one spelling, let guests be nobody, and join what was two for its spelling alone."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SET LOCAL statement_timeout = 0")  # there may be many events already
    _spell_users(connection)
    _spell_merges(connection)
    _spell_items(connection)


def _spell_users(connection: sa.Connection) -> None:
    """Change the users of events; who was erased in one spelling is erased in the others, too."""
    gone = set(connection.scalars(sa.select(_TOMBSTONES.c.digest)))
    salt = bytes(connection.scalars(sa.select(_SALTS.c.salt)).one())
    for user_id in _distinct(connection, _EVENTS.c.user_id):
        spelling, theirs = BY_NAME.user_id_of(user_id), _EVENTS.c.user_id == user_id
        earlier = likely_spellings(user_id)  # a tombstone does not tell which one it is of
        if spelling is not None and any(tombstone(salt, "user", one) in gone for one in earlier):
            connection.execute(sa.delete(_EVENTS).where(theirs))
        elif spelling != user_id:
            connection.execute(sa.update(_EVENTS).where(theirs).values(user_id=spelling))
    for session_id in _distinct(connection, _EVENTS.c.session_id):
        if is_placeholder(session_id):
            connection.execute(
                sa.update(_EVENTS).where(_EVENTS.c.session_id == session_id).values(session_id=None)
            )


def _spell_merges(connection: sa.Connection) -> None:
    """Change both sides of merges; of two that are now one, the newer stays, and events follow."""
    rows = connection.execute(sa.select(_MERGES).order_by(_MERGES.c.number)).all()
    spelled = {
        (row.kind, BY_NAME.user_id_of(row.from_id) if row.kind == "user" else row.from_id): (
            row,
            BY_NAME.user_id_of(row.to_user_id),
        )
        for row in rows
    }
    accounts = {from_id: to for (kind, from_id), (_, to) in spelled.items() if kind == "user"}
    kept = set()
    for (kind, from_id), (row, to) in spelled.items():
        target = _end_of(to, accounts)
        if from_id is None or target is None or (kind == "user" and from_id == target):
            continue
        kept.add(row.number)
        if (from_id, target) != (row.from_id, row.to_user_id):
            others = (
                (_MERGES.c.kind == kind) & (_MERGES.c.from_id == from_id) & (_MERGES.c.number != row.number)
            )
            connection.execute(sa.delete(_MERGES).where(others))
            changed = sa.update(_MERGES).where(_MERGES.c.number == row.number)
            connection.execute(changed.values(from_id=from_id, to_user_id=target))
        if kind == "user":
            connection.execute(sa.update(_EVENTS).where(_EVENTS.c.user_id == from_id).values(user_id=target))
    for row in rows:
        if row.number not in kept:
            connection.execute(sa.delete(_MERGES).where(_MERGES.c.number == row.number))


def _end_of(user_id: str | None, accounts: dict[str | None, str | None]) -> str | None:
    """Return the user whom ``user_id`` was merged into in the end; of a circle, any."""
    seen = set[str | None]()
    while user_id in accounts and user_id not in seen:
        seen.add(user_id)
        user_id = accounts[user_id]
    return user_id


def _spell_items(connection: sa.Connection) -> None:
    """Change the items of events, and keep of each item in the catalogue what was said last."""
    for item_id in _distinct(connection, _EVENTS.c.item_id):
        spelling = canonical_item_id(item_id)
        if spelling != item_id:
            connection.execute(
                sa.update(_EVENTS).where(_EVENTS.c.item_id == item_id).values(item_id=spelling)
            )
    op.add_column("items", sa.Column("item_key", sa.String(256)))
    newest_first = sa.select(_ITEMS.c.item_id).order_by(_ITEMS.c.revision.desc())
    known = set[str]()
    for item_id in connection.scalars(newest_first).all():
        key, same = item_key(item_id), _ITEMS.c.item_id == item_id
        if key in known:
            connection.execute(sa.delete(_ITEMS).where(same))
        else:
            connection.execute(sa.update(_ITEMS).where(same).values(item_key=key))
        known.add(key)
    op.create_index(None, "items", ["item_key"], unique=True)


def _distinct(connection: sa.Connection, column: sa.ColumnClause[str]) -> list[str]:
    return list(connection.scalars(sa.select(column).where(column.is_not(None)).distinct()))
