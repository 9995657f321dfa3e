"""Users in SQL: their accounts are joined, and all that is held on them is shown and erased."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from recsvc.errors import ConflictError
from recsvc.identity.external_id import IdKind
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.identity.spelling import canonical_user_id
from recsvc.identity.tombstones import Tombstones, tombstone
from recsvc.ranking.query import UserKey
from recsvc.store.database import Database, parts_of
from recsvc.store.event import Event
from recsvc.store.event_rows import EVENT_FIELDS, to_event
from recsvc.store.experiments import DrawnFor, carry_over, kept_variants, no_experiments
from recsvc.store.id_records import erased, merged, salt_of
from recsvc.store.mailed_lists import MailedList, mailed_to
from recsvc.store.objections import Objection, objection_of
from recsvc.store.outcome import Shopper
from recsvc.store.outcome_records import forget_outcomes, queue_outcomes, queue_users_in
from recsvc.store.personal_rows import forget_rows, is_named, move_rows, named_users
from recsvc.store.tables import END_US, events, merges, tombstones


@dataclass(frozen=True)
class Merge:
    """A session or a second account, ``from_id``, whose events are those of ``to_user_id``."""

    kind: IdKind
    from_id: str
    to_user_id: str
    merged_at_us: int


@dataclass(frozen=True)
class Export:
    """Everything the store holds on a shopper.

    Attributes:
        user_id: in the one spelling.
        events: oldest first.
        merges: what was joined to the shopper.
        variants: experiment -> variant kept from a visit.
        mails: lists that were exported for mails to the shopper, oldest first.
        objection: what the shopper said of being profiled; None where they said nothing.
    """

    user_id: str
    events: tuple[Event, ...]
    merges: tuple[Merge, ...]
    variants: Mapping[str, str] = field(default_factory=dict)
    mails: tuple[MailedList, ...] = ()
    objection: Objection | None = None


@dataclass(frozen=True)
class Erasure:
    """What was erased.

    Attributes:
        events, merges: how many.
        user_ids, session_ids: every id under which the shopper was known.
        touched_session_ids: the other sessions that had events of the shopper; they lose these, and may go on.
    """

    events: int
    merges: int
    user_ids: frozenset[str]
    session_ids: frozenset[str]
    touched_session_ids: frozenset[str]


@dataclass(frozen=True)
class ErasedAgain:
    """What was erased because it had been erased elsewhere.

    Attributes:
        n_ids: ids of users and sessions that were held here.
        n_foreign: tombstones of another salt: of them, only what was held here could be erased.
    """

    n_ids: int
    n_foreign: int


TELLING_LENGTH = 8
"""Characters of a name that is looked for in files; a shorter one is found everywhere, as a part of something else."""


_MERGE_FIELDS = tuple(merges.c[name] for name in Merge.__dataclass_fields__)


class Users:
    """Joins, shows and erases users; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def merge(  # noqa: PLR0913 - what is merged into what, and what decides on it
        self,
        kind: IdKind,
        from_id: str,
        to_user_id: str,
        at_us: int,
        guests: Guests = BY_NAME,
        *,
        drawn_for: DrawnFor = no_experiments,
    ) -> int:
        """Make the events of ``from_id``, past and future, those of ``to_user_id``; return how many moved.

        ``guests`` tells who is nobody, ``drawn_for`` the variants that the two have in experiments by their ids.

        Raises:
            ConflictError: one of the two was erased or is nobody, both are the same, or ``from_id`` is a user who was
                merged into another one.
        """
        _check_named(to_user_id, guests)
        _check_named(from_id, guests if kind == "user" else BY_NAME)
        as_written = {to_user_id, from_id} if kind == "user" else {to_user_id}
        to_user_id = canonical_user_id(to_user_id)
        from_id = canonical_user_id(from_id) if kind == "user" else from_id
        with self._database.write() as connection:
            if erased(connection, "user", as_written):
                raise ConflictError("a user of this id was erased; a new account needs a new user_id")
            target = merged(connection, "user", [to_user_id]).get(to_user_id, to_user_id)
            _check_merge(connection, kind, from_id, target)
            made = Merge(kind, from_id, target, at_us)
            drawn = drawn_for(UserKey(kind, from_id), UserKey("user", target))
            if drawn:
                carry_over(connection, target, drawn, from_id if kind == "user" else None)
            connection.execute(delete(merges).where(merges.c.kind == kind, merges.c.from_id == from_id))
            connection.execute(insert(merges).values(**vars(made)))
            if kind == "user":  # ids that were merged into this user follow
                followers = update(merges).where(merges.c.to_user_id == from_id)
                connection.execute(followers.values(to_user_id=target))
                move_rows(connection, from_id, target)
            queue_outcomes(connection, [Shopper(kind, from_id), Shopper("user", target)])
            if kind == "session":
                queue_users_in(connection, [from_id])
            return _move_events(connection, made)

    def merges(self) -> list[Merge]:
        """Return all merges, oldest first."""
        with self._database.read() as connection:
            return [
                _to_merge(row) for row in connection.execute(select(*_MERGE_FIELDS).order_by(merges.c.number))
            ]

    def merged_into(self, user_ids: Collection[str]) -> dict[str, str]:
        """Return id -> user, for those of ``user_ids`` that were merged into another user."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for part in parts_of(sorted(user_ids)):
                found |= merged(connection, "user", part)
        return found

    def export(self, user_id: str) -> Export:
        """Return everything held on the shopper, whichever of their ids ``user_id`` is."""
        user_id = canonical_user_id(user_id)
        with self._database.read() as connection:
            user_id = merged(connection, "user", [user_id]).get(user_id, user_id)
            theirs = select(*EVENT_FIELDS).where(events.c.user_id == user_id)
            oldest_first = theirs.order_by(events.c.occurred_at_us, events.c.number)
            found = [to_event(row) for row in connection.execute(oldest_first)]
            merges_into = tuple(_merged_into(connection, user_id))
            variants, mails = kept_variants(connection, user_id), tuple(mailed_to(connection, user_id))
            said = objection_of(connection, user_id)
            return Export(user_id, tuple(found), merges_into, variants, mails, said)

    def erase(self, user_id: str, at_us: int, guests: Guests = BY_NAME) -> Erasure:
        """Delete everything held on the shopper under all their ids, for good; a tombstone of each id stays.

        Raises ConflictError where ``user_id`` is nobody's, as ``guests`` tells, and nothing is held under it.
        """
        with self._database.write() as connection:
            if not _is_held(connection, canonical_user_id(user_id)):
                _check_named(user_id, guests)
            erasure, ids, names = _erase(connection, user_id, at_us)
        self._database.scrub(ids | names)
        return erasure

    def erase_again(self, gone: Tombstones, at_us: int) -> "ErasedAgain":
        """Erase whoever is held here and is among ``gone``, those of a later state of this store or of another one.

        Tombstones of the same salt are kept here, so that who was erased stays so. Those of another salt say nothing
        about ids that are not held here.
        """
        gone_ids, gone_names = set[str](), set[str]()
        with self._database.write() as connection:
            users, sessions = _known_ids(connection)
            for user_id in sorted(user_id for user_id in users if gone.holds(user_id)):
                _, ids, names = _erase(connection, user_id, at_us)
                gone_ids |= ids
                gone_names |= names
            ended = sorted(one for one in sessions if tombstone(gone.salt, "session", one) in gone.digests)
            for session_id in ended:
                theirs = (events.c.session_id == session_id) & events.c.user_id.is_(None)
                gone_names |= _event_names(connection, theirs)
                connection.execute(delete(events).where(theirs))
                connection.execute(
                    delete(merges).where(merges.c.kind == "session", merges.c.from_id == session_id)
                )
            _forget_sessions(connection, ended)
            forget_outcomes(connection, "session", ended)
            for part in parts_of(ended):
                _add_tombstones(connection, "session", part, at_us)
            gone_ids |= set(ended) - _sessions_of(connection, ended)
            held = set(connection.scalars(select(tombstones.c.digest)))
            is_same = gone.salt == salt_of(connection)
            missing = sorted(gone.digests - held) if is_same else []
            if missing:
                connection.execute(
                    insert(tombstones), [{"digest": digest, "erased_at_us": at_us} for digest in missing]
                )
        self._database.scrub(gone_ids | gone_names)
        return ErasedAgain(len(gone_ids), 0 if is_same else len(gone.digests))

    def tombstones(self) -> Tombstones:
        """Return the ids that were erased, as hashes."""
        with self._database.read() as connection:
            return Tombstones(salt_of(connection), frozenset(connection.scalars(select(tombstones.c.digest))))


def _is_held(connection: Connection, user_id: str) -> bool:
    """Return whether events or merges name a user: also one who was taken for a shopper once, and is not any more."""
    theirs = (
        select(events.c.number).where(events.c.user_id == user_id),
        select(merges.c.number).where(
            (merges.c.to_user_id == user_id) | ((merges.c.kind == "user") & (merges.c.from_id == user_id))
        ),
    )
    is_held = any(connection.execute(one.limit(1)).first() is not None for one in theirs)
    return is_held or is_named(connection, user_id)


def _check_named(external_id: str, guests: Guests) -> None:
    """Raise ConflictError for the id of nobody: what is held under it would be that of all guests."""
    if guests.user_id_of(external_id) is None:
        raise ConflictError(
            f"{external_id[:80]!r} names nobody: guests share no profile, and nothing is held under it"
        )


def _erase(
    connection: Connection, user_id: str, at_us: int
) -> tuple[Erasure, frozenset[str], frozenset[str]]:
    """Delete a shopper; return what was erased, and the ids and the names of which no trace may be left in files."""
    spelling = canonical_user_id(user_id)
    target = merged(connection, "user", [spelling]).get(spelling, spelling)
    merged_ids = _merged_into(connection, target)
    touched = _sessions(connection, events.c.user_id == target)
    names = _event_names(connection, events.c.user_id == target)
    deleted = connection.execute(delete(events).where(events.c.user_id == target)).rowcount
    connection.execute(delete(merges).where(merges.c.to_user_id == target))
    users = frozenset(
        {target, spelling, user_id, *(merge.from_id for merge in merged_ids if merge.kind == "user")}
    )
    sessions = frozenset(merge.from_id for merge in merged_ids if merge.kind == "session")
    forget_rows(connection, users, at_us)
    _forget_sessions(connection, sessions)
    forget_outcomes(connection, "user", users)
    forget_outcomes(connection, "session", sessions)
    _add_tombstones(connection, "user", users, at_us)
    _add_tombstones(connection, "session", sessions, at_us)
    left = _sessions_of(connection, touched)
    erasure = Erasure(deleted, len(merged_ids), users, sessions, touched - sessions)
    return erasure, users | sessions | (touched - left), names


def _sessions_of(connection: Connection, session_ids: Collection[str]) -> set[str]:
    """Return those of ``session_ids`` that have events."""
    parts = parts_of(sorted(session_ids))
    return {one for part in parts for one in _sessions(connection, events.c.session_id.in_(part))}


def _known_ids(connection: Connection) -> tuple[set[str], set[str]]:
    """Return the ids of all users and of all sessions that anything is held on."""
    users = set(connection.scalars(select(events.c.user_id).where(events.c.user_id.is_not(None)).distinct()))
    sessions = set(_sessions(connection, events.c.item_id.is_not(None)))
    for kind, from_id, to_user_id in connection.execute(
        select(merges.c.kind, merges.c.from_id, merges.c.to_user_id)
    ):
        users.add(to_user_id)
        (users if kind == "user" else sessions).add(from_id)
    return users | named_users(connection), sessions


def _merged_into(connection: Connection, user_id: str) -> list[Merge]:
    found = select(*_MERGE_FIELDS).where(merges.c.to_user_id == user_id).order_by(merges.c.number)
    return [_to_merge(row) for row in connection.execute(found)]


def _to_merge(row: Row[*tuple[Any, ...]]) -> Merge:
    """Return the merge in a row of ``_MERGE_FIELDS``; raises ValueError where another program wrote something else."""
    kind, from_id, to_user_id, merged_at_us = row
    is_right = tuple(map(type, row)) == (str, str, str, int) and kind in get_args(IdKind)
    if not is_right or not 0 <= merged_at_us < END_US:
        raise ValueError("a merge has a value of another kind than its column")
    return Merge(kind, from_id, to_user_id, merged_at_us)


def _sessions(connection: Connection, of: ColumnElement[bool]) -> frozenset[str]:
    """Return the sessions of the events ``of``."""
    found = connection.scalars(
        select(events.c.session_id).where(of, events.c.session_id.is_not(None)).distinct()
    )
    return frozenset(str(session_id) for session_id in found)


def _event_names(connection: Connection, of: ColumnElement[bool]) -> frozenset[str]:
    """Return what the events ``of`` and their orders are called, without names so short that they occur by chance."""
    found = connection.execute(select(events.c.event_id, events.c.order_id).where(of))
    return frozenset(
        name for row in found for name in row if name is not None and len(name) >= TELLING_LENGTH
    )


def _check_merge(connection: Connection, kind: IdKind, from_id: str, target: str) -> None:
    if erased(connection, "user", [target]):
        raise ConflictError("the user was erased; a new account needs a new user_id")
    if erased(connection, kind, [from_id]):
        raise ConflictError(f"from_{kind}_id was erased and has no events to merge")
    if kind == "user":
        if from_id == target:
            raise ConflictError("from_user_id and the user are the same shopper; name two different ones")
        if merged(connection, kind, [from_id]).get(from_id, target) != target:
            raise ConflictError("from_user_id was merged into another user; merge that one instead")


def _move_events(connection: Connection, made: Merge) -> int:
    if made.kind == "user":
        theirs = events.c.user_id == made.from_id
    else:
        theirs = (events.c.session_id == made.from_id) & events.c.user_id.is_(None)
    return connection.execute(update(events).where(theirs).values(user_id=made.to_user_id)).rowcount


def _forget_sessions(connection: Connection, session_ids: Collection[str]) -> None:
    """Let the events of others in these visits no longer name them, nor their orders follow what guests did there."""
    queue_users_in(connection, session_ids)
    for part in parts_of(sorted(session_ids)):
        connection.execute(update(events).where(events.c.session_id.in_(part)).values(session_id=None))


def _add_tombstones(connection: Connection, kind: IdKind, ids: Collection[str], at_us: int) -> None:
    salt = salt_of(connection)
    digests = {tombstone(salt, kind, external_id) for external_id in ids}
    held = select(tombstones.c.digest).where(tombstones.c.digest.in_(list(digests)))
    fresh = digests - {bytes(digest) for digest in connection.scalars(held)}
    rows = [{"digest": digest, "erased_at_us": at_us} for digest in sorted(fresh)]
    if rows:
        connection.execute(insert(tombstones), rows)
