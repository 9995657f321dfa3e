"""What lists led to, in SQL: what each shopper adds, and the sums by day."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import structlog
from sqlalchemy import Connection, Text, bindparam, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recsvc.identity.external_id import IdKind
from recsvc.store.database import Database, parts_of
from recsvc.store.deeds import Deeds, orders_of_nobody, read_deeds, users_in
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.outcome import BUCKETS, ITEM, MEASURES, Cell, Share, Shopper, SumRow
from recsvc.store.tables import (
    END_US,
    events,
    outcome_queue,
    outcome_shares,
    outcome_state,
    outcome_sums,
)

LAST_DAY = END_US // DAY_US

EVENTS_AT_ONCE = 20_000
"""Nobody else writes to SQLite while it is found out whose so many are: less than a tenth of a second."""

QUEUED_AT_ONCE = 200_000
"""Entries of the queue that are read at once: a shopper who is among them several times is counted once."""

KINDS: tuple[IdKind, ...] = get_args(IdKind)
_LEGIBLE = outcome_queue.c.kind.in_(KINDS)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Moment:
    """The store at a moment.

    Attributes:
        epoch: another number after each change of what shoppers add.
        newest: the number of the newest event.
    """

    epoch: int
    newest: int


@dataclass(frozen=True)
class Lag:
    """What is stored and not in the figures yet.

    Attributes:
        n_pending: events of whom nobody has asked yet whose they are, and shoppers who are to be counted anew.
        since_us: when the oldest of these events was received; None where there are none.
    """

    n_pending: int
    since_us: int | None


class Outcomes:
    """What lists led to; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue_new(
        self, types: Collection[EventType], share_of_nobody: Callable[[Sequence[Event]], Share] = lambda _: {}
    ) -> bool:
        """Queue whoever did something, of ``types``, in the next events; return whether there are more.

        Orders of nobody cannot be counted anew: what ``share_of_nobody`` says that each adds is added here, once.

        What was queued stays so until it is counted, whoever is restarted or restored meanwhile.
        """
        with self._database.read() as connection:
            if _newest(connection) <= _cursor(connection):
                return False
        with self._database.write() as connection:
            cursor, newest = _cursor(connection), _newest(connection)
            until = max(cursor, min(newest, cursor + EVENTS_AT_ONCE))
            shoppers = _who_did(connection, cursor, until, types)
            if shoppers:
                connection.execute(insert(outcome_queue), [one._asdict() for one in sorted(shoppers)])
            orders = orders_of_nobody(connection, cursor, until)
            shares = {Shopper("session", name): share_of_nobody(order) for name, order in orders.items()}
            _add(connection, _differences({}, shares))
            connection.execute(update(outcome_state).values(cursor=until))
        return newest > until

    def queued(self) -> dict[Shopper, list[int]]:
        """Return the first ``QUEUED_AT_ONCE`` entries of the queue: the numbers of each shopper's."""
        found = select(outcome_queue.c.number, outcome_queue.c.kind, outcome_queue.c.shopper_id).where(
            _LEGIBLE
        )
        numbers: dict[Shopper, list[int]] = {}
        with self._database.read() as connection:
            for row in connection.execute(found.order_by(outcome_queue.c.number).limit(QUEUED_AT_ONCE)):
                if isinstance(row.shopper_id, str):
                    numbers.setdefault(Shopper(row.kind, row.shopper_id), []).append(row.number)
        return numbers

    def n_queued(self) -> int:
        """Return how many entries the queue has."""
        with self._database.read() as connection:
            return _n_queued(connection)

    def drop(self, queued: Mapping[Shopper, Sequence[int]]) -> None:
        """Take entries out of the queue of whom nothing can be made."""
        with self._database.write() as connection:
            _unqueue(connection, queued)

    def moment(self) -> Moment:
        """Return what tells whether something changed that shares are made of."""
        with self._database.read() as connection:
            epoch = connection.execute(select(outcome_state.c.epoch)).scalar_one()
            return Moment(epoch, _newest(connection))

    def deeds_of(self, shopper: Shopper, types: Collection[EventType]) -> Deeds:
        """Return the newest events of a shopper, of ``types``."""
        with self._database.read() as connection:
            return read_deeds(connection, shopper, frozenset(types))

    def put(
        self,
        moment: Moment,
        shares: Mapping[Shopper, Share],
        first_days: Mapping[Shopper, int] | None = None,
        queued: Mapping[Shopper, Sequence[int]] | None = None,
    ) -> bool:
        """Keep what shoppers add, in place of what they added before.

        Return False, and keep nothing, where shares changed since ``moment``, or events that were there are not any
        more: what was read then may be stale, or of a store in whose place another one was put.

        Args:
            moment: read before what ``shares`` were made of.
            shares: what each adds.
            first_days: of those of whom not all was read: what they added on earlier days stays.
            queued: the entries of the queue that are done with.
        """
        with self._database.write() as connection:
            if _newest(connection) < moment.newest or not _raise_epoch(connection, moment.epoch):
                return False
            _unqueue(connection, queued or {})
            before = _shares(connection, list(shares))
            earlier = {
                shopper: {
                    cell: kept for cell, kept in before.get(shopper, {}).items() if cell.day < first_day
                }
                for shopper, first_day in (first_days or {}).items()
            }
            shares = {shopper: share | earlier.get(shopper, {}) for shopper, share in shares.items()}
            _remove(connection, before)
            rows = [
                {"kind": shopper.kind, "shopper_id": shopper.shopper_id, "body": _packed(share)}
                for shopper, share in shares.items()
                if share
            ]
            if rows:
                connection.execute(insert(outcome_shares), rows)
            _add(connection, _differences(before, shares))
        return True

    def lag(self) -> Lag:
        """Return how far behind the figures are."""
        with self._database.read() as connection:
            cursor, newest = _cursor(connection), _newest(connection)
            next_one = select(events.c.received_at_us).where(events.c.number > cursor)
            since = connection.execute(next_one.order_by(events.c.number).limit(1)).scalar_one_or_none()
            return Lag(max(0, newest - cursor) + _n_queued(connection), since)

    def sums(self, dimension: str, first_day: int, last_day: int, *, by_day: bool = False) -> list[SumRow]:
        """Return the sums of some days by key and bucket; with ``by_day`` the key is the day."""
        key = outcome_sums.c.day if by_day else outcome_sums.c.key
        found = (
            select(key, outcome_sums.c.bucket, *(func.sum(outcome_sums.c[measure]) for measure in MEASURES))
            .where(outcome_sums.c.dimension == dimension, outcome_sums.c.day.between(first_day, last_day))
            .group_by(key, outcome_sums.c.bucket)
        )
        with self._database.read() as connection:
            rows = [
                SumRow(str(row[0]), int(row[1]) % BUCKETS, tuple(map(int, row[2:])))
                for row in connection.execute(found)
            ]
        return [row for row in rows if any(row.figures)]

    def sums_of_item(self, item_id: str, first_day: int, last_day: int) -> tuple[int, ...]:
        """Return the sums of one item over some days."""
        found = select(*(func.coalesce(func.sum(outcome_sums.c[measure]), 0) for measure in MEASURES)).where(
            outcome_sums.c.dimension == ITEM,
            outcome_sums.c.day.between(first_day, last_day),
            outcome_sums.c.key == item_id,
        )
        with self._database.read() as connection:
            return tuple(map(int, connection.execute(found).one()))


def forget_outcomes(connection: Connection, kind: IdKind, ids: Collection[str]) -> None:
    """Take what shoppers added out of all sums, for good; no row is left that only they had something in."""
    gone = _shares(connection, [Shopper(kind, one) for one in sorted(ids)])
    _remove(connection, gone)
    changes = _differences(gone, {})
    _add(connection, changes)
    _remove_empty(connection, changes)
    for part in parts_of(sorted(ids)):
        queued = (outcome_queue.c.kind == kind) & outcome_queue.c.shopper_id.in_(part)
        connection.execute(delete(outcome_queue).where(queued))
    _raise_epoch(connection)


def queue_outcomes(connection: Connection, shoppers: Iterable[Shopper]) -> None:
    """Have what shoppers add made anew."""
    connection.execute(insert(outcome_queue), [shopper._asdict() for shopper in shoppers])
    _raise_epoch(connection)


def queue_users_in(connection: Connection, visits: Collection[str]) -> None:
    """Have what users add made anew who were in these visits: what guests did there is gone, or will be."""
    shoppers = users_in(connection, visits)
    if shoppers:
        queue_outcomes(connection, sorted(shoppers))


def _cursor(connection: Connection) -> int:
    cursor: int = connection.execute(select(outcome_state.c.cursor)).scalar_one()
    return cursor


def _newest(connection: Connection) -> int:
    newest: int = connection.execute(select(func.coalesce(func.max(events.c.number), 0))).scalar_one()
    return newest


def _n_queued(connection: Connection) -> int:
    return int(
        connection.execute(select(func.count()).select_from(outcome_queue).where(_LEGIBLE)).scalar_one()
    )


def _who_did(connection: Connection, after: int, until: int, types: Collection[EventType]) -> set[Shopper]:
    """Return who did something in these events, and users who were in the visits of the guests among them."""
    found = select(events.c.user_id, events.c.session_id).where(
        events.c.number > after, events.c.number <= until, events.c.type.in_(sorted(types))
    )
    pairs = connection.execute(found.distinct()).all()
    shoppers = {Shopper("user", user) for user, _ in pairs if isinstance(user, str)}
    visits = {visit for user, visit in pairs if user is None and isinstance(visit, str)}
    return shoppers | {Shopper("session", visit) for visit in visits} | users_in(connection, visits)


def _unqueue(connection: Connection, queued: Mapping[Shopper, Sequence[int]]) -> None:
    """Delete entries by their number and their shopper: in a store that was put back, a number is another one's."""
    for kind in KINDS:
        theirs = {one.shopper_id: numbers for one, numbers in queued.items() if one.kind == kind}
        for ids in parts_of(sorted(theirs)):
            for numbers in parts_of([number for one in ids for number in theirs[one]]):
                entries = outcome_queue.c.number.in_(numbers) & (outcome_queue.c.kind == kind)
                connection.execute(delete(outcome_queue).where(entries, outcome_queue.c.shopper_id.in_(ids)))


def _raise_epoch(connection: Connection, epoch: int | None = None) -> bool:
    """Raise the epoch, if it still is ``epoch``; return whether it was."""
    raised = update(outcome_state).values(epoch=outcome_state.c.epoch + 1)
    if epoch is not None:
        raised = raised.where(outcome_state.c.epoch == epoch)
    return bool(connection.execute(raised).rowcount)


def _shares(connection: Connection, shoppers: Sequence[Shopper]) -> dict[Shopper, Share]:
    found: dict[Shopper, Share] = {}
    for kind in KINDS:
        for part in parts_of([one.shopper_id for one in shoppers if one.kind == kind]):
            rows = select(outcome_shares.c.shopper_id, cast(outcome_shares.c.body, Text)).where(
                outcome_shares.c.kind == kind, outcome_shares.c.shopper_id.in_(part)
            )
            for shopper_id, body in connection.execute(rows):
                found[Shopper(kind, shopper_id)] = _read(body)
    return found


def _read(body: str) -> Share:
    """Return the share in a row; nothing where another program wrote something else: what was added then stays."""
    try:
        return _unpacked(json.loads(body))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        _log.error("outcome_share_unreadable", error=type(error).__name__)
        return {}


def _remove(connection: Connection, shoppers: Iterable[Shopper]) -> None:
    held = list(shoppers)
    for kind in KINDS:
        for part in parts_of([one.shopper_id for one in held if one.kind == kind]):
            connection.execute(
                delete(outcome_shares).where(
                    outcome_shares.c.kind == kind, outcome_shares.c.shopper_id.in_(part)
                )
            )


def _differences(
    before: Mapping[Shopper, Share], after: Mapping[Shopper, Share]
) -> dict[tuple[Cell, int], list[int]]:
    """Return what changes in each row of the sums."""
    changes: defaultdict[tuple[Cell, int], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
    for shares, sign in ((before, -1), (after, 1)):
        for shopper, share in shares.items():
            for cell, figures in share.items():
                bucket = 0 if cell.dimension == ITEM else shopper.bucket
                change = changes[cell, bucket]
                for place, figure in enumerate(figures):
                    change[place] += sign * figure
    return {row: change for row, change in changes.items() if any(change)}


def _add(connection: Connection, changes: Mapping[tuple[Cell, int], Sequence[int]]) -> None:
    """Add to the sums."""
    if not changes:
        return
    insert_into = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = insert_into(outcome_sums)
    added = new.on_conflict_do_update(
        index_elements=["dimension", "day", "key", "bucket"],
        set_={measure: outcome_sums.c[measure] + new.excluded[measure] for measure in MEASURES},
    )
    rows = [
        {"dimension": cell.dimension, "day": cell.day, "key": cell.key, "bucket": bucket}
        | dict(zip(MEASURES, change, strict=True))
        for (cell, bucket), change in sorted(changes.items())
    ]
    for part in parts_of(rows):
        connection.execute(added, part)


def _remove_empty(connection: Connection, rows: Iterable[tuple[Cell, int]]) -> None:
    """Delete those of ``rows`` of the sums in which nothing is left."""
    columns = outcome_sums.c
    its = (
        (columns.dimension == bindparam("its_dimension"))
        & (columns.day == bindparam("its_day"))
        & (columns.key == bindparam("its_key"))
        & (columns.bucket == bindparam("its_bucket"))
    )
    empty = delete(outcome_sums).where(its, *(columns[measure] == 0 for measure in MEASURES))
    names = ("its_day", "its_dimension", "its_key", "its_bucket")
    for part in parts_of(sorted(rows)):
        connection.execute(empty, [dict(zip(names, (*cell, bucket), strict=True)) for cell, bucket in part])


def _packed(share: Share) -> list[list[Any]]:
    """Return a share as values of JSON: of the figures, those that are not nothing, by their places."""
    return [
        [*cell, {str(place): figure for place, figure in enumerate(figures) if figure}]
        for cell, figures in share.items()
    ]


def _unpacked(body: Any) -> Share:  # noqa: ANN401 - values of JSON that another program may have written
    """Return the share in a row; raises ValueError and its like where another program wrote something else."""
    share: Share = {}
    for day, dimension, key, figures in body:
        cell = Cell(int(day), str(dimension), str(key))
        share[cell] = [int(figures.get(str(place), 0)) for place in range(len(MEASURES))]
        if not 0 <= cell.day <= LAST_DAY or max(map(abs, share[cell])) >= 2**62:
            raise ValueError("a share has a value that is out of all bounds")
    return share
