"""Experiments in SQL, and the users who are an exception in one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from recsvc.ranking.query import UserKey
from recsvc.store.database import BATCH_SIZE, Database
from recsvc.store.event import Event, EventType
from recsvc.store.tables import events, experiment_members
from recsvc.store.tables import experiments as table

MAX_EVENTS_A_VISIT = 1000
"""A visit of more events since the start is that of a till, or all guests have the same: it is no shopper's."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredExperiment:
    """An experiment.

    Attributes:
        name: of the experiment.
        body: the rest as values of JSON; what they mean is not for the store to say.
        updated_at_us: when it was sent, in microseconds since 1970.
    """

    name: str
    body: dict[str, Any]
    updated_at_us: int


@dataclass(frozen=True)
class Member:
    """A user who keeps ``variant`` in an experiment, though their id gives another one; ``number`` grows."""

    number: int
    experiment: str
    user_id: str
    variant: str


@dataclass(frozen=True)
class Drawn:
    """What the ids of two shoppers, who turn out to be one, give them in an experiment.

    Attributes:
        experiment: its name.
        start_us: when it started.
        of_source, of_user: the variants of the one who is merged and of the user that they become.
        without: types of events that bring nobody into it.
    """

    experiment: str
    start_us: int
    of_source: str
    of_user: str
    without: tuple[EventType, ...] = ()


DrawnFor: TypeAlias = Callable[[UserKey, UserKey], Sequence[Drawn]]
"""Returns what the ids of a shopper who is merged, and of the user that they become, give in what runs now."""


class StoredExperiments:
    """Experiments, by name; every method raises StoreError when the database fails.

    A row whose body is null was deleted.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredExperiment]:
        """Return all experiments, sorted by name."""
        with self._database.read() as connection:
            return _all(connection)

    def get(self, name: str) -> StoredExperiment | None:
        """Return the experiment of this name, or None."""
        return next((one for one in self.all() if one.name == name), None)

    def put(self, experiment: StoredExperiment, check: Callable[[Sequence[StoredExperiment]], None]) -> bool:
        """Store an experiment, replacing the one of its name; return whether there was none.

        ``check`` sees all that are stored, and raises where the new one does not go with them; nobody else stores one
        meanwhile.
        """
        with self._database.write() as connection:
            stored = _all(connection)
            check(stored)
            is_new = all(one.name != experiment.name for one in stored)
            if is_new:  # one of that name that was deleted told other shoppers apart
                _forget_members(connection, experiment.name)
            _replace(connection, **vars(experiment))
        return is_new

    def delete(self, name: str, at_us: int) -> bool:
        """Delete the experiment of this name; return whether there was one."""
        with self._database.write() as connection:
            is_known = any(one.name == name for one in _all(connection))
            if is_known:
                _forget_members(connection, name)
                _replace(connection, name=name, body=None, updated_at_us=at_us)
        return is_known

    def members_since(self, number: int, limit: int = BATCH_SIZE) -> list[Member]:
        """Return the next members after ``number``, oldest first."""
        found = (
            select(*(experiment_members.c[name] for name in Member.__dataclass_fields__))
            .where(experiment_members.c.number > number)
            .order_by(experiment_members.c.number)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [Member(*row) for row in connection.execute(found)]


def carry_over(connection: Connection, user_id: str, drawn: Sequence[Drawn], source_user: str | None) -> None:
    """Let a user keep the variants of the shopper who is merged into them, where they had none of their own.

    A user has had a variant where they did something since the experiment started. The caller has not moved the events
    of the one who is merged yet, and holds the only connection that writes.

    Args:
        connection: to write with.
        user_id: the user.
        drawn: what their ids give in each experiment that runs.
        source_user: who is merged, where that is a user.
    """
    kept = _kept(connection, [user_id, *([source_user] if source_user else [])])
    for one in drawn:
        variant = kept.get((source_user or "", one.experiment), one.of_source)
        if variant == one.of_user or (user_id, one.experiment) in kept:
            continue
        if _first_event(connection, user_id, one) is None:
            _keep(connection, one.experiment, user_id, variant)


def no_experiments(_source: UserKey, _user: UserKey) -> Sequence[Drawn]:
    """Return that nothing runs."""
    return ()


def keep_of_visits(connection: Connection, stored: Sequence[Event], drawn_for: DrawnFor) -> None:
    """Let users keep the variants of the visits in which they say who they are, without a merge.

    A user keeps the variant of a visit whose first event as a guest, since the experiment started, was stored before
    the first one of the user. A visit of several users, or of very many events, tells of none of them. The caller has
    just written ``stored``, and holds the only connection that writes.
    """
    pairs = {(event.session_id, event.user_id): None for event in stored}
    for session_id, user_id in pairs:
        if session_id is None or user_id is None:
            continue
        drawn = drawn_for(UserKey("session", session_id), UserKey("user", user_id))
        differing = [one for one in drawn if one.of_source != one.of_user]
        if differing and (visit := _visit(connection, session_id, differing)).is_of(user_id):
            _keep_of_visit(connection, visit, user_id, differing)


@dataclass(frozen=True)
class _Visit:
    """What was done in a visit since some experiments started: numbers, types, times and users."""

    events: Sequence[Any]

    def is_of(self, user_id: str) -> bool:
        """Return whether a guest was in it, and then the user, and nobody else."""
        users = {row.user_id for row in self.events}
        return users == {None, user_id} and len(self.events) <= MAX_EVENTS_A_VISIT

    def first_of_guest(self, drawn: Drawn) -> int | None:
        """Return the number of the first event by which the guest came into an experiment, or None."""
        return min(
            (
                int(row.number)
                for row in self.events
                if row.user_id is None
                and row.occurred_at_us >= drawn.start_us
                and row.type not in drawn.without
            ),
            default=None,
        )


_VISIT = (
    select(events.c.number, events.c.type, events.c.occurred_at_us, events.c.user_id)
    .where(events.c.session_id == bindparam("visit"), events.c.occurred_at_us >= bindparam("since"))
    .limit(MAX_EVENTS_A_VISIT + 1)
)


def _visit(connection: Connection, session_id: str, drawn: Sequence[Drawn]) -> _Visit:
    since = min(one.start_us for one in drawn)
    return _Visit(connection.execute(_VISIT, {"visit": session_id, "since": since}).all())


def _keep_of_visit(connection: Connection, visit: _Visit, user_id: str, drawn: Sequence[Drawn]) -> None:
    kept = _kept(connection, [user_id])
    for one in drawn:
        of_guest = visit.first_of_guest(one)
        if of_guest is None or (user_id, one.experiment) in kept:
            continue
        of_user = _first_event(connection, user_id, one)
        if of_user is None or of_guest < of_user:
            _keep(connection, one.experiment, user_id, one.of_source)


def _first_event(connection: Connection, user_id: str, drawn: Drawn) -> int | None:
    """Return the number of the first event by which a user came into an experiment, or None."""
    theirs = (events.c.user_id == user_id) & (events.c.occurred_at_us >= drawn.start_us)
    first = select(func.min(events.c.number)).where(theirs)
    if drawn.without:
        first = first.where(events.c.type.not_in(sorted(drawn.without)))
    number: int | None = connection.execute(first).scalar()
    return number


def _keep(connection: Connection, experiment: str, user_id: str, variant: str) -> None:
    row = {"experiment": experiment, "user_id": user_id, "variant": variant}
    connection.execute(insert(experiment_members), [row])


def kept_variants(connection: Connection, user_id: str) -> dict[str, str]:
    """Return experiment -> variant that a user keeps, though their id gives another one."""
    return {experiment: variant for (_, experiment), variant in _kept(connection, [user_id]).items()}


def forget_user(connection: Connection, user_ids: Sequence[str]) -> None:
    """Delete what is held on users who are erased."""
    connection.execute(delete(experiment_members).where(experiment_members.c.user_id.in_(user_ids)))


def users_with_variants(connection: Connection) -> set[str]:
    """Return the users whose variant is kept."""
    return set(connection.scalars(select(experiment_members.c.user_id).distinct()))


def _kept(connection: Connection, user_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    members = experiment_members.c
    found = select(members.user_id, members.experiment, members.variant).where(members.user_id.in_(user_ids))
    return {(row.user_id, row.experiment): row.variant for row in connection.execute(found)}


def _forget_members(connection: Connection, experiment: str) -> None:
    connection.execute(delete(experiment_members).where(experiment_members.c.experiment == experiment))


def _all(connection: Connection) -> list[StoredExperiment]:
    kept = select(table.c.name, table.c.body, table.c.updated_at_us).where(table.c.body.is_not(None))
    rows = connection.execute(kept.order_by(table.c.name)).mappings()
    return [one for one in (StoredExperiment(**row) for row in rows) if _is_legible(one)]


def _is_legible(experiment: StoredExperiment) -> bool:
    """Return whether a row holds what it should; another program may have written it."""
    is_so = isinstance(experiment.name, str) and isinstance(experiment.body, dict)
    if not is_so:
        _log.warning("experiment_unreadable")
    return is_so


def _replace(connection: Connection, **fields: Any) -> None:  # noqa: ANN401 - the columns'
    """Write a row with a new revision, by which followers see the change.

    The caller holds the only connection that writes.
    """
    newest = connection.execute(select(func.coalesce(func.max(table.c.revision), 0))).scalar_one()
    connection.execute(delete(table).where(table.c.name == fields["name"]))
    connection.execute(insert(table).values(**fields, revision=newest + 1))
