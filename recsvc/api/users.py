"""``/v1/users``: shows, joins and erases what is held on a shopper."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import structlog
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, ConfigDict, Field, model_validator
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.events import OnUsers, notify
from recsvc.api.paths import EXTERNAL_ID, USER_ID
from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.routes import Routes
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import now_us, to_text
from recsvc.identity.external_id import IdKind, StoredId
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.identity.spelling import canonical_user_id
from recsvc.store.event import Event, EventType
from recsvc.store.experiments import DrawnFor
from recsvc.store.mailed_lists import MailedList
from recsvc.store.objections import Objection
from recsvc.store.user_records import Erasure, Export, Merge, Users


class UserPath(BaseModel):
    """Names a shopper."""

    user_id: StoredId = Field(description="Percent-encoded; may contain slashes.")


class UserQuery(RequestModel):
    """Names a shopper in the query string, which clients and proxies leave as it is."""

    user_id: StoredId = Field(description="Percent-encoded; any id, also one that a path cannot carry.")


class MergeFields(RequestModel):
    """A session or a second account that is to be joined to the shopper."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("from_user_id", "from_session_id")
            ]
        }
    )

    from_user_id: StoredId | None = None
    from_session_id: StoredId | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "MergeFields":
        if (self.from_user_id is None) == (self.from_session_id is None):
            raise ValueError("one of from_user_id and from_session_id is needed")
        return self

    def source(self) -> tuple[IdKind, str]:
        """Return what is joined: the kind of its id, and the id."""
        return ("user", self.from_user_id) if self.from_user_id else ("session", self.from_session_id or "")


class MergeResponse(BaseModel):
    """What was joined."""

    user_id: str
    events: int = Field(description="So many events became the shopper's.")


class StoredEvent(BaseModel):
    """An event as it is stored."""

    type: EventType
    item_id: str
    occurred_at: str
    received_at: str
    user_id: str | None
    session_id: str | None
    quantity: float
    unit_price: float | None
    order_id: str | None
    channel: str | None
    event_id: str | None
    recommendation_id: str | None
    position: int | None
    seen: bool

    @classmethod
    def of(cls, event: Event) -> "StoredEvent":
        """Return ``event`` as answers show it."""
        return cls(
            **{name: getattr(event, name) for name in cls.model_fields if hasattr(event, name)},
            occurred_at=to_text(event.occurred_at_us),
            received_at=to_text(event.received_at_us),
        )


class MergedId(BaseModel):
    """A session or account that was joined to the shopper."""

    user_id: str | None = None
    session_id: str | None = None
    merged_at: str
    elsewhere: dict[str, Any] = Field(
        description="What is held outside the store on the account, by the name of the holder."
    )

    @classmethod
    def of(cls, merge: Merge, elsewhere: dict[str, Any]) -> "MergedId":
        """Return ``merge`` as answers show it."""
        named = {f"{merge.kind}_id": merge.from_id}
        return cls(**named, merged_at=to_text(merge.merged_at_us), elsewhere=elsewhere)


class Mail(BaseModel):
    """A list that was exported for a mail to the shopper."""

    exported_at: str
    recommendation_id: str
    item_ids: list[str] = Field(description="Shown, and then the spare ones.")
    shown: int = Field(description="So many of these were for the mail.")
    opened: dict[str, str] = Field(description="Place of a link, 1 for the first -> when it was opened.")

    @classmethod
    def of(cls, mail: MailedList) -> "Mail":
        """Return ``mail`` as answers show it."""
        return cls(
            exported_at=to_text(mail.created_at_us),
            recommendation_id=mail.recommendation_id,
            item_ids=list(mail.item_ids),
            shown=mail.n_shown,
            opened={place: to_text(at_us) for place, at_us in mail.opened.items() if place.isdecimal()},
        )


class ProfilingAnswer(BaseModel):
    """What a shopper said of being profiled, and when."""

    allowed: bool
    said_at: str

    @classmethod
    def of(cls, objection: Objection) -> "ProfilingAnswer":
        """Return ``objection`` as answers show it."""
        return cls(allowed=not objection.objects, said_at=to_text(objection.said_at_us))


class UserResponse(BaseModel):
    """Everything held on a shopper."""

    user_id: str
    events: list[StoredEvent] = Field(description="Oldest first.")
    merged: list[MergedId]
    variants: dict[str, str] = Field(
        description="Experiment -> variant that the shopper keeps from before they signed in."
    )
    mails: list[Mail] = Field(description="Oldest first.")
    profiling: ProfilingAnswer | None = Field(
        None, description="What the shopper last said of being profiled; null where they said nothing."
    )
    elsewhere: dict[str, Any] = Field(
        description="What is held outside the store, by the name of the holder."
    )

    @classmethod
    def of(cls, export: Export, elsewhere_of: Callable[[str], dict[str, Any]]) -> "UserResponse":
        """Return ``export`` as answers show it, with what is held elsewhere on each account."""
        return cls(
            user_id=export.user_id,
            events=[StoredEvent.of(event) for event in export.events],
            merged=[
                MergedId.of(merge, elsewhere_of(merge.from_id) if merge.kind == "user" else {})
                for merge in export.merges
            ],
            variants=dict(export.variants),
            mails=[Mail.of(mail) for mail in export.mails],
            profiling=None if export.objection is None else ProfilingAnswer.of(export.objection),
            elsewhere=elsewhere_of(export.user_id),
        )


class Receipt(BaseModel):
    """Confirms that a shopper was erased; it holds no id of the shopper."""

    receipt_id: str
    erased_at: str
    events: int = Field(description="So many events were deleted.")
    merged: int = Field(description="So many sessions and accounts that had been joined were erased, too.")


Holder: TypeAlias = Callable[[str], Any]
"""Returns, as JSON values, what is held on a user id outside the store, or None where nothing is."""

_PATH = f"/v1/users/<{USER_ID}:user_id>"
_ANY_PATH = "/v1/users"
_MERGE_PATH = f"/v1/users/<{EXTERNAL_ID}:user_id>/merge"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Holders:
    """The parts of the service outside the store that hold something on shoppers.

    Attributes:
        on_merged: called with the users and sessions whose lists may have changed.
        on_erased: erases the shopper from the other parts; a receipt is given only if it does not raise.
        export: name -> what tells what a part holds on a shopper.
        drawn_for: returns the variants that two shoppers, who turn out to be one, have by their ids.
        look_now: called when something was stored that answers depend on from now on.
    """

    on_merged: OnUsers
    on_erased: Callable[[Erasure], None]
    export: Mapping[str, Holder] = field(default_factory=dict)
    drawn_for: DrawnFor = lambda _source, _user: ()
    look_now: Callable[[], None] = lambda: None

    def held(self, user_id: str) -> dict[str, Any]:
        """Return what the parts hold on ``user_id``, by their names."""
        found = {name: holder(user_id) for name, holder in self.export.items()}
        return {name: value for name, value in found.items() if value is not None}


def blueprint(
    users: Users,
    holders: Holders,
    max_bytes: int,
    guests: Callable[[], Guests] = lambda: BY_NAME,
) -> Routes:
    """Return the routes that show, join and erase what ``users`` and the other ``holders`` hold.

    ``guests`` returns who is nobody, and has nothing of their own.
    """
    api = Routes(
        "users",
        __name__,
        abp_tags=[Tag(name="users", description="What is held on a shopper.")],
        abp_responses=documented(422, 503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.before_request
    def _refuse_repeated() -> Response | None:
        return refuse_repeated(UserQuery) if request.path == _ANY_PATH else None

    _add_export(api, users, holders)
    _add_erasure(api, users, holders, guests)

    @api.post(
        _MERGE_PATH,
        operation_id="merge_user",
        summary="Join a session or a second account to a shopper",
        responses={200: MergeResponse, **documented(400, 409, 413, 415)},
    )
    def _merge(path: UserPath, body: MergeFields) -> Response:
        kind, from_id = body.source()
        moved = users.merge(kind, from_id, path.user_id, now_us(), guests(), drawn_for=holders.drawn_for)
        user_id = canonical_user_id(path.user_id)
        if kind == "user":
            holders.look_now()  # the account may have asked not to be profiled
            notify(holders.on_merged, frozenset({user_id, canonical_user_id(from_id)}), frozenset())
        else:
            notify(holders.on_merged, frozenset({user_id}), frozenset({from_id}))
        return _answer(MergeResponse(user_id=user_id, events=moved))

    return api


def _add_export(api: Routes, users: Users, holders: Holders) -> None:
    def answer(user_id: str) -> Response:
        found = export_of(users, holders, user_id)
        if found is None:
            raise NotFound("nothing is held on this user_id")
        return _answer(found)

    @api.get(
        _PATH,
        operation_id="export_user",
        summary="Everything held on a shopper, under whichever of their ids",
        responses={200: UserResponse, **documented(404)},
    )
    def _export(path: UserPath) -> Response:
        return answer(path.user_id)

    @api.get(
        _ANY_PATH,
        operation_id="export_any_user",
        summary="The same for any id, in the query string",
        responses={200: UserResponse, **documented(400, 404)},
    )
    def _export_any(query: UserQuery) -> Response:
        return answer(query.user_id)


def _add_erasure(api: Routes, users: Users, holders: Holders, guests: Callable[[], Guests]) -> None:
    def answer(user_id: str) -> Response:
        return _answer(erase(users, holders, user_id, guests()))

    @api.delete(
        _PATH,
        operation_id="erase_user",
        summary="Erase a shopper under all their ids, for good",
        responses={200: Receipt, **documented(409)},
    )
    def _erase(path: UserPath) -> Response:
        return answer(path.user_id)

    @api.delete(
        _ANY_PATH,
        operation_id="erase_any_user",
        summary="The same for any id, in the query string",
        responses={200: Receipt, **documented(400, 409)},
    )
    def _erase_any(query: UserQuery) -> Response:
        return answer(query.user_id)


def export_of(users: Users, holders: Holders, user_id: str) -> UserResponse | None:
    """Return everything held on a shopper, or None where nothing is; raises StoreError."""
    found = UserResponse.of(users.export(user_id), holders.held)
    is_held = found.events or found.merged or found.mails or found.elsewhere or found.profiling
    return found if is_held else None


def erase(users: Users, holders: Holders, user_id: str, guests: Guests) -> Receipt:
    """Erase a shopper under all their ids; raises StoreError, and ConflictError for the id of nobody."""
    erased_at_us = now_us()
    erasure = users.erase(user_id, erased_at_us, guests)
    holders.on_erased(erasure)
    return _receipt(erasure, erased_at_us)


def _receipt(erasure: Erasure, erased_at_us: int) -> Receipt:
    receipt = Receipt(
        receipt_id=secrets.token_hex(16),
        erased_at=to_text(erased_at_us),
        events=erasure.events,
        merged=erasure.merges,
    )
    _log.info("user_erased", **receipt.model_dump())
    return receipt


def _answer(answer: BaseModel) -> Response:
    response = answer_json(answer)
    response.headers["Cache-Control"] = "private, no-store"
    return response
