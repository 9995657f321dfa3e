"""Experiments in SQL, and the users who are an exception in one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from sqlalchemy import Connection, delete, func, insert, select

from recsvc.ranking.query import UserKey
from recsvc.store.database import BATCH_SIZE, Database
from recsvc.store.tables import events, experiment_members
from recsvc.store.tables import experiments as table

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
    """

    experiment: str
    start_us: int
    of_source: str
    of_user: str


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
        theirs = (events.c.user_id == user_id) & (events.c.occurred_at_us >= one.start_us)
        if connection.execute(select(events.c.number).where(theirs).limit(1)).first() is None:
            row = {"experiment": one.experiment, "user_id": user_id, "variant": variant}
            connection.execute(insert(experiment_members), [row])


def kept_variants(connection: Connection, user_id: str) -> dict[str, str]:
    """Return experiment -> variant that a user keeps, though their id gives another one."""
    return {experiment: variant for (_, experiment), variant in _kept(connection, [user_id]).items()}


def forget_user(connection: Connection, user_ids: Sequence[str]) -> None:
    """Delete what is held on users who are erased."""
    connection.execute(delete(experiment_members).where(experiment_members.c.user_id.in_(user_ids)))


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
