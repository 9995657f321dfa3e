"""Lists that were exported for mails, in SQL: what their links mean, and which items the last mails held."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from recsvc.store.database import Database, parts_of
from recsvc.store.id_records import erased
from recsvc.store.outcome import Shopper
from recsvc.store.outcome_records import queue_outcomes
from recsvc.store.tables import END_US, events, mailings
from recsvc.store.tables import mailed_lists as table

KEY_BYTES = 8
BURST_LINKS = 3
BURST_US = 3_000_000
"""Who opens so many links of one mail within so many microseconds is a program that looks at links, not a person."""

_BURST = "burst"
"""Under this name ``opened`` says when such a program came last."""


@dataclass(frozen=True)
class MailedList:
    """The list of one shopper in a mailing.

    Attributes:
        list_key: names it, 8 bytes drawn at random.
        user_id: whose it is.
        recommendation_id: of the list.
        item_ids: shown, best first, and then the spare ones.
        n_shown: so many of these are shown.
        opened: place of a link, 1 for the first, as text -> when it was opened first, in microseconds since 1970.
        created_at_us, ends_at_us: when the mailing began, and until when its links mean something.
    """

    list_key: bytes
    user_id: str
    recommendation_id: str
    item_ids: tuple[str, ...]
    n_shown: int
    opened: Mapping[str, int] = field(default_factory=dict)
    created_at_us: int = 0
    ends_at_us: int = 0


def event_id_of(list_key: bytes, place: int) -> str:
    """Return the ``event_id`` of the click on a link: the same click is stored once."""
    return f"mail/{list_key.hex()}/{place}"


class MailedLists:
    """Mailings and their lists; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, created_at_us: int, ends_at_us: int) -> int:
        """Begin a mailing and return its number; those that have ended are deleted."""
        with self._database.write() as connection:
            _delete_ended(connection, created_at_us)
            row = {"created_at_us": created_at_us, "ends_at_us": ends_at_us}
            made = connection.execute(insert(mailings).returning(mailings.c.number), row)
            return int(made.scalar_one())

    def holds(self, mailing: int) -> bool:
        """Return whether a mailing was begun here and has not been deleted."""
        with self._database.read() as connection:
            found = connection.execute(select(mailings.c.number).where(mailings.c.number == mailing))
            return found.first() is not None

    def record(self, mailing: int, lists: Sequence[MailedList]) -> None:
        """Store lists of a mailing in place of those that the same shoppers had in it; of the erased, none."""
        with self._database.write() as connection:
            user_ids = [one.user_id for one in lists]
            gone = {one for part in parts_of(user_ids) for one in erased(connection, "user", part)}
            for part in parts_of(user_ids):
                again = (table.c.mailing == mailing) & table.c.user_id.in_(part)
                connection.execute(delete(table).where(again))
            if rows := _rows(mailing, [one for one in lists if one.user_id not in gone]):
                connection.execute(insert(table), rows)

    def finish(self, mailing: int, at_us: int) -> None:
        """Take note that the lists of a mailing are all there: they count as a mail from now on."""
        with self._database.write() as connection:
            done = update(mailings).where(mailings.c.number == mailing)
            connection.execute(done.values(finished_at_us=at_us))

    def get(self, list_key: bytes) -> MailedList | None:
        """Return the list of that key, or None."""
        with self._database.read() as connection:
            row = connection.execute(_WITH_TIMES.where(table.c.list_key == list_key)).first()
            return None if row is None else _to_list(row)

    def shown_lately(self, user_ids: Collection[str], n_mails: int) -> dict[str, tuple[str, ...]]:
        """Return, by user, the items that their last ``n_mails`` finished mails held, spare ones left out."""
        mails: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        newest = _WITH_TIMES.where(mailings.c.finished_at_us.is_not(None)).order_by(table.c.mailing.desc())
        with self._database.read() as connection:
            for part in parts_of(sorted(user_ids)):
                for row in connection.execute(newest.where(table.c.user_id.in_(part))):
                    one = _to_list(row)
                    if len(mails[one.user_id]) < n_mails:
                        mails[one.user_id].append(one.item_ids[: one.n_shown])
        return {
            user_id: tuple(dict.fromkeys(item_id for mail in theirs for item_id in mail))
            for user_id, theirs in mails.items()
        }

    def note_opened(self, list_key: bytes, place: int, at_us: int) -> bool:
        """Take note that a link was opened; return whether it counts as the click of a person.

        Where ``BURST_LINKS`` links of the list were opened within ``BURST_US``, none of them counts: the clicks that
        were stored already are deleted, and the links may still be clicked later.
        """
        with self._database.write() as connection:
            row = connection.execute(_WITH_TIMES.where(table.c.list_key == list_key)).first()
            if row is None:
                return False
            one = _to_list(row)
            opened = {**one.opened}
            opened.setdefault(str(place), at_us)
            recent = {name for name, when in opened.items() if abs(at_us - when) <= BURST_US}
            is_burst = _BURST in recent or len(recent) >= BURST_LINKS
            if is_burst:
                places = recent - {_BURST}
                _take_back(connection, one, [int(name) for name in places])
                opened = {name: when for name, when in opened.items() if name not in places}
                opened[_BURST] = at_us
            connection.execute(update(table).where(table.c.list_key == list_key).values(opened=opened))
            return not is_burst

    def forget_ended(self, now_us: int) -> None:
        """Delete the mailings that have ended."""
        with self._database.write() as connection:
            _delete_ended(connection, now_us)


_COLUMNS = (
    table.c.list_key, table.c.user_id, table.c.recommendation_id, table.c.item_ids, table.c.n_shown, table.c.opened,
)  # fmt: skip
_WITH_TIMES = select(*_COLUMNS, mailings.c.created_at_us, mailings.c.ends_at_us).join(
    mailings, mailings.c.number == table.c.mailing
)


def mailed_to(connection: Connection, user_id: str) -> list[MailedList]:
    """Return the lists that were exported for mails to a user, oldest first."""
    theirs = _WITH_TIMES.where(table.c.user_id == user_id).order_by(table.c.mailing)
    return [_to_list(row) for row in connection.execute(theirs)]


def mailed_users(connection: Connection) -> set[str]:
    """Return the users of all lists."""
    return set(connection.scalars(select(table.c.user_id).distinct()))


def forget_mails(connection: Connection, user_ids: Sequence[str]) -> None:
    """Delete the lists of users who are erased: their links mean nothing any more."""
    connection.execute(delete(table).where(table.c.user_id.in_(user_ids)))


def move_mails(connection: Connection, from_id: str, to_user_id: str) -> None:
    """Make the lists of an account those of the user whom it was merged into."""
    connection.execute(update(table).where(table.c.user_id == from_id).values(user_id=to_user_id))


def _take_back(connection: Connection, mailed: MailedList, places: Sequence[int]) -> None:
    """Delete the clicks on some links of a list, and have what they added to figures taken out."""
    ids = [event_id_of(mailed.list_key, place) for place in places]
    theirs = (events.c.user_id == mailed.user_id) & events.c.event_id.in_(ids)
    if connection.execute(delete(events).where(theirs)).rowcount:
        queue_outcomes(connection, [Shopper("user", mailed.user_id)])


def _rows(mailing: int, lists: Sequence[MailedList]) -> list[dict[str, Any]]:
    return [
        {
            "list_key": one.list_key,
            "mailing": mailing,
            "user_id": one.user_id,
            "recommendation_id": one.recommendation_id,
            "item_ids": list(one.item_ids),
            "n_shown": one.n_shown,
            "opened": dict(one.opened),
        }
        for one in lists
    ]


def _delete_ended(connection: Connection, now_us: int) -> None:
    ended = select(mailings.c.number).where(mailings.c.ends_at_us <= now_us)
    connection.execute(delete(table).where(table.c.mailing.in_(ended)))
    connection.execute(delete(mailings).where(mailings.c.ends_at_us <= now_us))


def _to_list(row: Row[*tuple[Any, ...]]) -> MailedList:
    """Return the list in a row; raises ValueError where another program wrote something else."""
    key, user_id, recommendation_id, item_ids, n_shown, opened, created_at_us, ends_at_us = row
    is_right = (
        isinstance(item_ids, list)
        and all(isinstance(one, str) for one in item_ids)
        and isinstance(opened, dict)
        and all(type(when) is int and 0 <= when < END_US for when in opened.values())
        and all(name.isdecimal() or name == _BURST for name in opened)
        and (type(n_shown), type(user_id), type(recommendation_id)) == (int, str, str)
        and 0 <= n_shown <= len(item_ids)
        and all(type(when) is int and 0 <= when < END_US for when in (created_at_us, ends_at_us))
    )
    if not is_right:
        raise ValueError("a mailed list has a value of another kind than its column")
    return MailedList(
        bytes(key), user_id, recommendation_id, tuple(item_ids), n_shown, opened, created_at_us, ends_at_us
    )
