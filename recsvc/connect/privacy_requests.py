"""What the shop's own system asks a person to do for the privacy of shoppers, kept until it is done."""

from dataclasses import dataclass, replace
from enum import StrEnum

from recsvc.clock import to_text
from recsvc.errors import PlatformError
from recsvc.identity.spelling import canonical_user_id
from recsvc.store.event import DAY_US
from recsvc.store.platform_records import PlatformRecord, PlatformRecords

ANSWER_DAYS = 30
"""Within so many days a shopper is to have an answer; the GDPR says a month, and Shopify 30 days."""


class Wish(StrEnum):
    """What is asked for."""

    DATA = "data"
    """A shopper wants to see what is held on them."""
    SHOP = "shop"
    """The shop left the system: what is held on it is no longer to be held for the system's sake."""


@dataclass(frozen=True)
class PrivacyRequest:
    """Something that a person is to do.

    Attributes:
        number: how the system calls it.
        wish: what is asked for.
        received_at_us: when it came, in microseconds since 1970.
        user_ids: under which the shopper may be known here.
        done_at_us: when it was done; 0: it is open. One that is done names nobody.
    """

    number: str
    wish: Wish
    received_at_us: int
    user_ids: tuple[str, ...] = ()
    done_at_us: int = 0

    @property
    def due_at_us(self) -> int:
        """When it is to be done at the latest."""
        return self.received_at_us + ANSWER_DAYS * DAY_US


@dataclass(frozen=True)
class PrivacyRequests:
    """Requests of one platform; an erasure closes those of its shopper.

    Every method raises StoreError when the database fails.

    Attributes:
        platform: the shop's own system.
        records: where they are kept.
    """

    platform: str
    records: PlatformRecords

    def add(self, request: PrivacyRequest) -> bool:
        """Keep a request, durably; return whether it is new. One that was heard of before stays as it is."""
        if self.records.get(self.platform, "request", request.number) is not None:
            return False
        self.records.put([self._record_of(request)])
        return True

    def open(self) -> list[PrivacyRequest]:
        """Return what is to be done, oldest first."""
        found = map(_request_of, self.records.created_since(self.platform, "request"))
        return [one for one in found if not one.done_at_us]

    def close(self, number: str, done_at_us: int) -> None:
        """Note that a request was done; its shopper is named no more.

        Raises PlatformError where there is no such request, or it is done.
        """
        there = {one.number: one for one in self.open()}
        if number not in there:
            named = ", ".join(there) or "none is open"
            raise PlatformError(f"there is no open request {number!r:.60}; open are: {named}")
        done = replace(there[number], user_ids=(), done_at_us=done_at_us)
        self.records.put([self._record_of(done)])

    def of_user(self, user_id: str) -> list[PrivacyRequest]:
        """Return the open requests of a shopper."""
        return [one for one in self.open() if canonical_user_id(user_id) in _names(one)]

    def held(self, user_id: str) -> list[dict[str, str]] | None:
        """Return, as JSON values, what is held on a shopper for open requests; None where nothing is."""
        return [
            {"number": one.number, "received_at": to_text(one.received_at_us)}
            for one in self.of_user(user_id)
        ] or None

    def _record_of(self, request: PrivacyRequest) -> PlatformRecord:
        body = {"wish": str(request.wish), "user_ids": list(request.user_ids)}
        received, done = request.received_at_us, request.done_at_us
        return PlatformRecord(self.platform, "request", request.number, received, done, body)


def _request_of(record: PlatformRecord) -> PrivacyRequest:
    return PrivacyRequest(
        record.record_id,
        Wish(record.body["wish"]),
        record.created_at_us,
        tuple(record.body["user_ids"]),
        record.modified_at_us,
    )


def _names(request: PrivacyRequest) -> set[str]:
    return {canonical_user_id(one) for one in request.user_ids}
