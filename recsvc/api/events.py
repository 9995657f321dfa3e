"""``/v1/events``: takes what shoppers do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

import structlog
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    RootModel,
    Strict,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from werkzeug.exceptions import Forbidden

from recsvc.api import widget_key
from recsvc.api.admission import forbidden
from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import MAX_BATCH, Rejected, documented, refuse_all, refuse_conflicts, split
from recsvc.api.rate_limit import ENTRIES, charge, cost_of_entries
from recsvc.api.routes import Routes
from recsvc.catalogue.fields import Money, Refused, RequestModel, or_reason, text
from recsvc.clock import Timestamp, now_us, to_us
from recsvc.errors import ConflictError
from recsvc.identity.external_id import StoredId
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.store.api_keys import Scope
from recsvc.store.event import MAX_CHANNEL_LENGTH, MAX_POSITION, MAX_QUANTITY, Appended, Event, EventType
from recsvc.store.event_log import EventLog
from recsvc.store.experiments import DrawnFor, no_experiments
from recsvc.store.platform_records import PlatformRecord

MAX_AHEAD = timedelta(days=1)
"""A client's clock may be ahead by this much; a time further in the future is refused."""

Quantity = Annotated[float, Strict(), Field(gt=0, le=MAX_QUANTITY, allow_inf_nan=False)]

Position = Annotated[int, Strict(), Field(ge=1, le=MAX_POSITION)]

_PURCHASE = {
    "type": "purchase",
    "user_id": "17850",
    "item_id": "85123A",
    "quantity": 6,
    "unit_price": 2.55,
    "order_id": "536365",
    "channel": "web",
    "occurred_at": "2026-05-01T12:30:00Z",
    "event_id": "536365/1",
}
_VIEW = {"type": "view", "session_id": "c0ffee", "item_id": "22423"}


class EventFields(RequestModel):
    """What a shopper did with an item; ``user_id`` or ``session_id`` is required."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("user_id", "session_id")
            ]
        }
    )

    type: EventType
    item_id: StoredId
    user_id: StoredId | None = Field(
        None,
        description="The shop's id of the shopper in any spelling; a placeholder such as 0 or guest is not stored.",
    )
    session_id: StoredId | None = Field(None, description="Of a guest, or of a shopper not yet recognised.")
    quantity: Quantity = 1.0
    unit_price: Money | None = Field(None, description="Of one piece, in the shop's currency.")
    order_id: StoredId | None = None
    channel: Annotated[str, text(MAX_CHANNEL_LENGTH, min_length=1)] | None = Field(
        None, description="web, store, phone, email, app, or the shop's own word."
    )
    occurred_at: Timestamp | None = Field(
        None, description="RFC 3339 with a zone; by default the time at which the event arrives."
    )
    event_id: StoredId | None = Field(
        None,
        description="The shop's own id of the event, among those of its shopper and session: the same event is not "
        "stored again, another one is refused.",
    )
    recommendation_id: StoredId | None = Field(
        None, description="Of the list that led to the event, as the list named it; any other is refused."
    )
    position: Position | None = Field(
        None, description="Rank that the item had in that list, 1 for the first."
    )
    seen: Annotated[bool, Strict()] = Field(
        False, description="Of an impression: whether the item was in view, half of it for a second."
    )
    consent: Annotated[bool, Strict()] = Field(True, description="false: it is not stored.")

    @field_validator("occurred_at")
    @classmethod
    def _not_in_the_future(cls, value: datetime | None) -> datetime | None:
        if value is not None and value > datetime.now(UTC) + MAX_AHEAD:
            raise ValueError("is more than a day in the future")
        return value

    @model_validator(mode="after")
    def _has_a_shopper(self) -> "EventFields":
        if self.user_id is None and self.session_id is None:
            raise ValueError("user_id or session_id is needed")
        if self.seen and self.type is not EventType.IMPRESSION:
            raise ValueError(f"seen is of impressions alone: leave it out of a {self.type}, got true")
        return self

    def to_event(self, received_at_us: int) -> Event:
        """Return the event, received at that time in microseconds since 1970."""
        fields = self.model_dump(exclude={"occurred_at", "consent"})
        occurred_at_us = received_at_us if self.occurred_at is None else to_us(self.occurred_at)
        return Event(**fields, occurred_at_us=occurred_at_us, received_at_us=received_at_us)


class EventBatch(RequestModel):
    """Up to 1,000 events."""

    events: list[Annotated[EventFields, WrapValidator(or_reason)] | SkipJsonSchema[InstanceOf[Refused]]] = (
        Field(min_length=1, max_length=MAX_BATCH)
    )


def _either(value: Any, _handler: ValidatorFunctionWrapHandler) -> "EventFields | EventBatch":  # noqa: ANN401
    """Read ``value`` as what it looks like: the errors of a union would name the fields of both."""
    is_batch = isinstance(value, dict) and "events" in value
    return EventBatch.model_validate(value) if is_batch else EventFields.model_validate(value)


EXAMPLES: Any = {
    "openapi_extra": {
        "examples": {
            "one": {"summary": "A purchase", "value": _PURCHASE},
            "several": {"summary": "Several at once", "value": {"events": [_PURCHASE, _VIEW]}},
        }
    }
}
"""flask-openapi3 reads these; pydantic does not know the key."""


class PostedEvents(RootModel[Annotated[EventFields | EventBatch, WrapValidator(_either)]]):
    """One event, or several."""

    model_config = EXAMPLES

    def entries(self) -> list[EventFields | Refused]:
        """Return the events in the order in which they were sent."""
        return [self.root] if isinstance(self.root, EventFields) else list(self.root.events)


class EventsResponse(BaseModel):
    """What became of the events."""

    accepted: int = Field(description="New, and on the disk.")
    duplicates: int = Field(description="Stored before, by their event_id.")
    ignored: int = Field(description="Without consent, or of shoppers who were erased; not stored.")
    rejected: list[Rejected] = Field(
        default_factory=list,
        description="Not as they should be, or with the event_id of another event; not stored.",
    )


OnUsers: TypeAlias = Callable[[frozenset[str], frozenset[str]], None]
"""Called with user ids and session ids after the commit, because their lists may have changed."""

_log = structlog.get_logger(__name__)


def notify(listener: OnUsers, user_ids: frozenset[str], session_ids: frozenset[str]) -> None:
    """Call ``listener``; if it fails, that is logged, and what was stored is acknowledged all the same."""
    try:
        listener(user_ids, session_ids)
    except Exception as error:  # noqa: BLE001 - whatever the listener does
        _log.error("listener_failed", error=type(error).__name__, exc_info=error)


_NOTHING_APPENDED = Appended(0, 0, 0, frozenset(), frozenset())


def _rejected(kept: dict[int, Event], appended: Appended) -> list[Rejected]:
    """Return what is wrong with the conflicts among the events ``kept``, by their places in the batch."""
    places = list(kept)
    return [
        Rejected(
            index=places[position],
            detail=f"event_id {kept[places[position]].event_id!r:.80} is that of another event of this shopper or "
            "session: send that event as it was, or give this one an id of its own",
        )
        for position in appended.conflicts
    ]


def _of_foreign_lists(
    entries: list[EventFields | Refused], is_ours: Callable[[str], bool]
) -> dict[int, Rejected]:
    """Return what is wrong with the events of lists that this shop did not give, by their places in the batch."""
    return {
        index: Rejected(
            index=index,
            detail=f"recommendation_id {entry.recommendation_id!r:.80} is of no list that this shop gave: send the one "
            "that came with the list, or leave it out",
        )
        for index, entry in enumerate(entries)
        if isinstance(entry, EventFields)
        and entry.recommendation_id is not None
        and not is_ours(entry.recommendation_id)
    }


def _respond(body: PostedEvents, answer: EventsResponse, conflicts: list[Rejected]) -> Response:
    rejected = answer.rejected
    if len(rejected) < len(body.entries()):
        return answer_json(answer, HTTPStatus.MULTI_STATUS if rejected else HTTPStatus.ACCEPTED)
    if len(conflicts) < len(rejected):
        return refuse_all("events", rejected)
    if isinstance(body.root, EventFields):
        raise ConflictError(conflicts[0].detail)
    return refuse_conflicts("events", conflicts)


def _require_types_of_pages(entries: Iterable[EventFields]) -> None:
    """Refuse a request as a whole in which a page says what only the shop's server may say."""
    for entry in entries:
        if entry.type not in widget_key.EVENT_TYPES:
            known = ", ".join(sorted(widget_key.EVENT_TYPES))
            detail = f"a key of the scope widget may send {known}; got {entry.type}: let the shop's server send that"
            raise Forbidden(response=forbidden(detail, Scope.EVENTS))


@dataclass(frozen=True)
class Intake:
    """Takes events, of whoever sends them: other programs, and the pages of the demo shop.

    Attributes:
        log: where events are kept.
        on_events: is told whose lists may have changed.
        guests: returns who is nobody.
        is_ours: tells whether this shop gave a list of that ``recommendation_id``.
        drawn_for: returns the variants that a visit, and the user who signs in there, have by their ids.
    """

    log: EventLog
    on_events: OnUsers
    guests: Callable[[], Guests] = lambda: BY_NAME
    is_ours: Callable[[str], bool] = lambda _id: True
    drawn_for: DrawnFor = no_experiments

    def take(self, entries: list[EventFields | Refused]) -> tuple[EventsResponse, list[Rejected]]:
        """Store what can be stored; return what became of it, and which of the rejected are conflicts.

        Raises StoreError.
        """
        received_at_us = now_us()
        foreign = _of_foreign_lists(entries, self.is_ours)
        good, rejected = split(entries)
        rejected += foreign.values()
        kept = {
            index: entry.to_event(received_at_us)
            for index, entry in enumerate(entries)
            if isinstance(entry, EventFields) and entry.consent and index not in foreign
        }
        appended = self.append(list(kept.values())) if kept else _NOTHING_APPENDED
        conflicts = _rejected(kept, appended)
        answer = EventsResponse(
            accepted=appended.accepted,
            duplicates=appended.duplicates,
            ignored=appended.ignored + len(good) - len(foreign) - len(kept),
            rejected=sorted([*rejected, *conflicts], key=lambda one: one.index),
        )
        return answer, conflicts

    def append(self, events: Sequence[Event], *, while_there: Sequence[PlatformRecord] = ()) -> Appended:
        """Store events, and tell whose lists may have changed; raises StoreError, and as ``EventLog.append``."""
        appended = self.log.append(events, self.guests(), self.drawn_for, while_there)
        notify(self.on_events, appended.user_ids, appended.session_ids)
        return appended

    def post(self, events: Sequence[Mapping[str, Any]]) -> int:
        """Take events as a client would send them; return how many are new. Raises StoreError."""
        answer, _ = self.take(list(EventBatch.model_validate({"events": list(events)}).events))
        return answer.accepted


def blueprint(intake: Intake, max_bytes: int) -> Routes:
    """Return the route that sends what is posted to ``intake``, in bodies of up to ``max_bytes``."""
    api = Routes(
        "events",
        __name__,
        abp_tags=[Tag(name="events", description="What shoppers do.")],
        abp_responses=documented(400, 409, 413, 415, 422, 503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.post(
        "/v1/events",
        operation_id="post_events",
        summary="Store one event, or up to 1,000",
        description="202 when all are on the disk; 207 when some are rejected: the others are stored; 409 when each "
        "has the event_id of another event.",
        responses={202: EventsResponse, 207: EventsResponse},
    )
    def _post(body: PostedEvents) -> Response:
        entries = body.entries()
        is_widget = widget_key.is_admitted(request.environ)
        charge(cost_of_entries(len(entries), widget_key.ENTRIES if is_widget else ENTRIES))
        if is_widget:
            _require_types_of_pages(entry for entry in entries if isinstance(entry, EventFields))
        return _respond(body, *intake.take(entries))

    return api
