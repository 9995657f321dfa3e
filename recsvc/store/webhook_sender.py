"""Who sends webhooks, how far that is, and how the receiver is: one row, in SQL."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recsvc.store.database import Database
from recsvc.store.webhook_tables import MAX_REASON_LENGTH
from recsvc.store.webhook_tables import webhook_sender as table

_ID = 1


@dataclass(frozen=True)
class Heart:
    """Who sends, and how often they gave a sign of life: while both stay the same, nobody sends."""

    holder: str | None
    beat: int


@dataclass(frozen=True)
class Receiver:
    """How the receiver is.

    Attributes:
        endpoint: digest of its address: another address is another receiver.
        n_failures: rounds in a row in which it took nothing.
        failing_since_us: when the first of these was, in microseconds since 1970; None while it takes what it is sent.
        paused_until_us: nothing is sent before.
        disabled_at_us: when it was switched off; None while it is not.
        disabled_because: why.
        last_error: the last refusal; it names nobody.
        last_sent_at_us: when it took something last.
    """

    endpoint: str = ""
    n_failures: int = 0
    failing_since_us: int | None = None
    paused_until_us: int = 0
    disabled_at_us: int | None = None
    disabled_because: str = ""
    last_error: str = ""
    last_sent_at_us: int | None = None


@dataclass(frozen=True)
class Listening:
    """Since when changes are noted, and how far they were looked at.

    Attributes:
        since_us: what was before is told to nobody.
        listens_until_us: changes are noted until then, unless it is put off.
        quiet_until_us: and not before.
        cursor: the number of the last change that was looked at.
        currency: of the prices.
    """

    since_us: int
    listens_until_us: int
    quiet_until_us: int
    cursor: int
    currency: str


_RECEIVER = tuple(table.c[one.name] for one in fields(Receiver))
_LISTENING = tuple(table.c[one.name] for one in fields(Listening))


class WebhookSender:
    """The row of the sender; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heart(self) -> Heart | None:
        """Return who sends; None where nobody ever did."""
        with self._database.read() as connection:
            row = connection.execute(select(table.c.holder, table.c.beat)).first()
            return None if row is None else Heart(row.holder, row.beat)

    def take(self, holder: str, instead_of: Heart | None) -> bool:
        """Let ``holder`` send from now on, unless the row is another than it was seen; return whether they do."""
        with self._database.write() as connection:
            row = connection.execute(select(table.c.holder, table.c.beat)).first()
            if row is None and instead_of is None:
                connection.execute(insert(table).values(_first(holder)))
                return True
            if (
                row is None
                or instead_of is None
                or (row.holder, row.beat) != (instead_of.holder, instead_of.beat)
            ):
                return False
            _set(connection, holder=holder, beat=row.beat + 1)
            return True

    def beat(self, holder: str) -> bool:
        """Give a sign of life; return whether ``holder`` still sends."""
        alive = update(table).where(table.c.holder == holder).values(beat=table.c.beat + 1)
        with self._database.write() as connection:
            return bool(connection.execute(alive).rowcount)

    def leave(self, holder: str) -> None:
        """Let the next one send at once."""
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.holder == holder).values(holder=None))

    def receiver(self) -> Receiver | None:
        """Return how the receiver is; None where nothing was ever sent."""
        with self._database.read() as connection:
            row = connection.execute(select(*_RECEIVER)).first()
            return None if row is None else Receiver(*row)

    def keep_receiver(self, receiver: Receiver) -> None:
        """Keep how the receiver is."""
        cut = {"disabled_because", "last_error"}
        with self._database.write() as connection:
            _set(
                connection,
                **{
                    name: value[:MAX_REASON_LENGTH] if name in cut else value
                    for name, value in vars(receiver).items()
                },
            )

    def listening(self) -> Listening | None:
        """Return what is listened to; None where nobody ever did."""
        with self._database.read() as connection:
            row = connection.execute(select(*_LISTENING)).first()
            return None if row is None else Listening(*row)

    def keep_listening(self, listening: Listening) -> None:
        """Keep what is listened to; how long nothing is noted stays as it is."""
        kept = {name: value for name, value in vars(listening).items() if name != "quiet_until_us"}
        with self._database.write() as connection:
            _set(connection, **kept)

    def advance(self, cursor: int) -> None:
        """Keep which change was looked at last."""
        with self._database.write() as connection:
            _set(connection, cursor=cursor)

    def be_quiet(self, until_us: int) -> None:
        """Note no change before a moment: what a catalogue that is put back is brought up to date with is no news.

        Said before anything was ever sent, it holds for the first sender as well.
        """
        with self._database.write() as connection:
            with_conflicts = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            connection.execute(with_conflicts(table).on_conflict_do_nothing(), _first(None))
            _set(connection, quiet_until_us=until_us, since_us=until_us)


def _first(holder: str | None) -> dict[str, Any]:
    listening = Listening(0, 0, 0, 0, "")
    return {"id": _ID, "holder": holder, "beat": 1, **vars(listening), **vars(Receiver())}


def _set(connection: Connection, **values: Any) -> None:  # noqa: ANN401 - values of columns
    connection.execute(update(table).values(**values))
