"""Sends webhooks: one thread of one worker, while requests go on."""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event

import structlog

from recsvc.clock import now_us
from recsvc.crew import THREAD_PREFIX
from recsvc.errors import NoModelError, StoreError
from recsvc.repeating import Repeating
from recsvc.store.event import DAY_US
from recsvc.store.notices import Notice, Outcome
from recsvc.store.store import Store
from recsvc.store.webhook_sender import Listening, Receiver
from recsvc.webhooks.checking import Check, Checked
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.entered_states import EnteredStates
from recsvc.webhooks.gathering import CHANGES_AT_ONCE, Gathering
from recsvc.webhooks.lease import Lease
from recsvc.webhooks.schedule import (
    GIVEN_UP_AFTER_US,
    SECOND_US,
    Answer,
    Verdict,
    after_round,
    is_paused,
    next_try_us,
)

POLL_SECONDS = 2.0
AT_ONCE = 4
"""Webhooks that are on their way at the same time."""

ROUNDS_A_LOOK = 50
GATHER_SECONDS = 5.0
"""So long notices are made before those that are due are sent."""

LISTENS_US = 3 * DAY_US
"""Changes are noted for so long after the last sign of a sender."""

RENEWED_US = 600 * SECOND_US
STATES_EVERY_US = 600 * SECOND_US
TIDIED_EVERY_US = 3600 * SECOND_US
SENT_KEPT_US = 90 * DAY_US
"""So long it is remembered what was sent, or as long as a look counts: who looked then may not be told again."""

OTHERS_KEPT_US = 7 * DAY_US
QUIET_US = DAY_US
"""So long after a change of the currency nothing is news: the shop brings its prices up to date."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Manner:
    """How it is sent.

    Attributes:
        currency: of the prices.
        per_minute: webhooks, at most.
        look_us: how long a look counts, and changes of prices are kept.
    """

    currency: str
    per_minute: int
    look_us: int


@dataclass(frozen=True)
class Makers:
    """What makes notices, and looks at them before they are sent."""

    items: Gathering
    states: EnteredStates
    check: Check


class Sender:
    """Makes notices of what happens, and sends those that are due.

    Args:
        store: of the shop.
        courier: takes webhooks to the receiver.
        endpoint: digest of the receiver's address.
        makers: of notices.
        manner: of sending.
        count: is told the verdict on each try.
        clock: returns the time, in microseconds since 1970.

    Attributes:
        n_waiting: how many notices wait, as far as this process looked.
        receiver: how the receiver is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it sends, to whom and how
        self,
        store: Store,
        courier: Courier,
        endpoint: str,
        makers: Makers,
        manner: Manner,
        count: Callable[[Verdict], None] = lambda _verdict: None,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._store = store
        self._courier = courier
        self._endpoint = endpoint
        self._makers = makers
        self._manner = manner
        self._count = count
        self._clock = clock
        self._lease = Lease(store.sender)
        self._stopped = Event()
        self._states_at_us = self._tidied_at_us = 0
        self._changes_at_once = CHANGES_AT_ONCE
        self._free_at = 0.0
        self._pool = ThreadPoolExecutor(AT_ONCE, f"{THREAD_PREFIX}webhook")
        self._chances = random.Random()  # noqa: S311 - keeps senders from asking in step
        self._working = Repeating("webhooks", POLL_SECONDS, self._try)
        self.n_waiting = 0
        self.receiver = Receiver()

    def start(self) -> None:
        """Send from now on; what changes while the service begins is noted already."""
        with suppress(StoreError):  # it tries again by itself
            if self._lease.is_held() and self._receiver().disabled_at_us is None:
                self._listen(self._clock())
        self._working.start()

    def stop(self) -> None:
        """End after the webhooks that are on their way."""
        self._stopped.set()
        self._working.stop()
        self._pool.shutdown()
        self._courier.close()
        self.leave()

    def leave(self) -> None:
        """Begin nothing more, and let another process send at once; for one that ends without any tidying up."""
        self._stopped.set()
        with suppress(StoreError):
            self._lease.leave()

    def look(self) -> bool:
        """Do what is to be done now, if it is for this process to do; return whether it is. Raises StoreError."""
        if self._stopped.is_set() or not self._lease.is_held():
            self.n_waiting, self.receiver = 0, Receiver()  # whoever sends now knows them
            return False
        at_us = self._clock()
        receiver = self._receiver()
        if receiver.disabled_at_us is not None:  # nor are changes noted, after a while
            if self._store.notices.n_waiting():
                self._store.notices.end_waiting(Outcome.DISABLED, at_us)
        else:
            self._listen(at_us)
            for prepare in (self._gather_items, self._gather_states, self._tidy):
                with suppress(StoreError):  # logged where it happened; what waits is sent in any case
                    prepare(at_us)
            receiver = self._send(receiver)
        self.n_waiting, self.receiver = self._store.notices.n_waiting(), receiver
        return True

    def _try(self) -> None:
        with suppress(StoreError):  # logged where it happened
            self.look()

    def _listen(self, at_us: int) -> None:
        """See that changes are noted from now on."""
        found = self._store.sender.listening() or Listening(0, 0, 0, 0, "")
        wanted, from_now_us = found, max(at_us, found.quiet_until_us)
        # Nobody listened, so that what happened meanwhile is no news; or they began by a clock that was ahead.
        if found.listens_until_us < at_us or found.since_us > from_now_us:
            wanted = replace(wanted, since_us=from_now_us)
        if found.currency != self._manner.currency:
            self._store.item_changes.forget_prices()
            wanted = replace(wanted, currency=self._manner.currency)
            if found.currency:  # the catalogue still has prices of the one before
                quiet_until_us = max(at_us + QUIET_US, found.quiet_until_us)
                self._store.sender.be_quiet(quiet_until_us)
                wanted = replace(wanted, since_us=quiet_until_us)
        if wanted != found or found.listens_until_us < at_us + LISTENS_US - RENEWED_US:
            self._store.sender.keep_listening(replace(wanted, listens_until_us=at_us + LISTENS_US))

    def _receiver(self) -> Receiver:
        """Return how the receiver is; one of another address has done nothing yet."""
        found = self._store.sender.receiver() or Receiver()
        if found.endpoint != self._endpoint:
            found = Receiver(self._endpoint)
            self._store.sender.keep_receiver(found)
        return found

    def _gather_items(self, at_us: int) -> None:
        """Make notices of what changed; fewer changes at once after a failure, such as a query that took too long."""
        until = time.monotonic() + GATHER_SECONDS
        try:
            while self._makers.items.gather(at_us, self._changes_at_once) and time.monotonic() < until:
                self._changes_at_once = min(self._changes_at_once * 2, CHANGES_AT_ONCE)
                if self._stopped.is_set() or not self._lease.is_held():
                    return
        except StoreError:
            self._changes_at_once = max(self._changes_at_once // 4, 1)
            raise

    def _gather_states(self, at_us: int) -> None:
        states = self._makers.states
        if states.is_of_another_version() or abs(at_us - self._states_at_us) >= STATES_EVERY_US:
            self._states_at_us = at_us if states.gather(at_us) else 0

    def _tidy(self, at_us: int) -> None:
        if abs(at_us - self._tidied_at_us) < TIDIED_EVERY_US:
            return
        self._tidied_at_us = at_us
        self._store.notices.end_waiting(Outcome.GIVEN_UP, at_us, at_us - GIVEN_UP_AFTER_US)
        sent_kept_us = max(SENT_KEPT_US, self._manner.look_us)
        self._store.notices.forget_old(at_us - sent_kept_us, at_us - OTHERS_KEPT_US)
        self._store.item_changes.forget_old(at_us - self._manner.look_us)

    def _send(self, receiver: Receiver) -> Receiver:
        """Send what is due, round by round, as fast as it may be; return how the receiver is then."""
        for _ in range(ROUNDS_A_LOOK):
            wait = self._free_at - time.monotonic()
            if wait > POLL_SECONDS:  # another look comes before, and gives a sign of life
                break
            self._stopped.wait(max(wait, 0))
            at_us = self._clock()
            if is_paused(receiver, at_us) or receiver.disabled_at_us is not None:
                break
            due = self._store.notices.due(at_us, min(AT_ONCE, self._manner.per_minute))
            if not due or self._stopped.is_set() or not self._lease.is_held():
                break
            answers = self._round(due)
            self._free_at = time.monotonic() + len(answers) * 60 / self._manner.per_minute
            receiver = self._after(receiver, answers)
        return receiver

    def _round(self, due: Sequence[Notice]) -> list[Answer]:
        """Look at notices and post those that are still so; take note of what became of each."""
        tried = list(self._pool.map(self._try_one, due))
        self._store.notices.note([notice for notice, _ in tried if notice is not None])
        return [answer for _, answer in tried if answer is not None]

    def _try_one(self, notice: Notice) -> tuple[Notice | None, Answer | None]:
        """Return the notice as it stands then, and the answer; None where there is nothing to note, or was no try."""
        at_us = self._clock()
        try:
            checked = self._makers.check.look(notice, at_us)
        except (NoModelError, StoreError):  # it is not known whether it is still so
            return self._later(notice, at_us), None
        except Exception as error:  # noqa: BLE001 - what one notice meets keeps no other one back
            _log.error("webhook_not_made", kind=notice.kind, error=type(error).__name__, exc_info=error)
            return self._later(replace(notice, attempts=notice.attempts + 1), at_us), None
        if checked.body is None:
            return self._ended(checked, at_us), None
        answer = self._post(notice, checked.body, at_us)
        now_at_us = self._clock()
        tried = replace(checked.notice, attempts=notice.attempts + 1)
        self._count(answer.verdict)
        if answer.verdict is Verdict.TAKEN:
            return replace(tried, ended_at_us=now_at_us, outcome=Outcome.SENT), answer
        return self._later(tried, now_at_us), answer

    def _post(self, notice: Notice, body: bytes, at_us: int) -> Answer:
        try:
            return self._courier.post(notice.webhook_id, body, at_us // SECOND_US)
        except Exception as error:  # noqa: BLE001 - the others that are on their way are noted in any case
            # Neither its message nor where it happened is logged: they may have the address.
            _log.error("webhook_not_posted", kind=notice.kind, error=type(error).__name__)
            return Answer(None, type(error).__name__)

    def _later(self, notice: Notice, at_us: int) -> Notice:
        return replace(notice, due_at_us=next_try_us(max(notice.attempts, 1), at_us, self._chances.random()))

    @staticmethod
    def _ended(checked: Checked, at_us: int) -> Notice | None:
        if checked.outcome is None:
            return None
        return replace(checked.notice, ended_at_us=at_us, outcome=checked.outcome)

    def _after(self, receiver: Receiver, answers: list[Answer]) -> Receiver:
        """Return how the receiver is after a round, and keep it where it is another than before."""
        found = after_round(receiver, answers, self._clock(), self._chances.random())
        if found.disabled_at_us is not None:
            _log.error("webhooks_disabled", reason=found.disabled_because)
        elif found.n_failures and not receiver.n_failures:
            _log.warning("webhooks_refused", reason=found.last_error)
        elif receiver.n_failures and not found.n_failures:
            _log.info("webhooks_taken_again")
        if replace(found, last_sent_at_us=receiver.last_sent_at_us) != receiver or _is_stale(found, receiver):
            self._store.sender.keep_receiver(found)
            return found
        return receiver


def _is_stale(found: Receiver, receiver: Receiver) -> bool:
    """Return whether the moment of the last webhook that was taken is to be kept again: once a minute is enough."""
    return (found.last_sent_at_us or 0) - (receiver.last_sent_at_us or 0) >= 60 * SECOND_US


def is_gone(listening: Listening, now_us: int) -> bool:
    """Return whether who sent last is gone without having left, such as one that was killed.

    That is known by what a sender renews, twice as late as it does.
    """
    return now_us - (listening.listens_until_us - LISTENS_US) > 2 * RENEWED_US


def endpoint_of(url: str) -> str:
    """Return what tells an address from another one, and does not tell the address."""
    return hashlib.blake2b(url.encode(), digest_size=16).hexdigest()
