"""``/v1/offers``: what to offer to a shopper now, and that it was taken."""

import time
from collections.abc import Callable
from typing import Annotated, Any

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, Field, Strict
from werkzeug.exceptions import Forbidden, NotFound

from recsvc.api import widget_key
from recsvc.api.admission import forbidden
from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.routes import Routes
from recsvc.api.schemas import CONSENT
from recsvc.api.shopper_token import MAX_LENGTH, problem_of
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import to_text
from recsvc.identity.external_id import StoredId
from recsvc.identity.nobody import Guests
from recsvc.serving.offer_desk import OfferDesk, Offered
from recsvc.store.api_keys import Scope
from recsvc.store.offers import Decision

_PATH = "/v1/offers"
_NO_PERSON = (
    "nobody is known here: a guest, or a shopper who was erased, did not agree or asked not to be profiled"
)


class OfferQuery(RequestModel):
    """Whom an offer is for."""

    user_id: StoredId | None = Field(None, description="The shopper; a guest is offered nothing.")
    consent: bool = Field(True, description=CONSENT)


class OfferRequest(OfferQuery):
    """The same from within a page, which proves who the shopper is."""

    consent: Annotated[bool, Strict()] = Field(True, description=CONSENT)
    token: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)] | None = Field(
        None,
        description="ENDS.HMAC, signed by the shop's server for user_id; needed with a key of the scope widget.",
    )


class OfferModel(BaseModel):
    """What is offered."""

    offer_id: str = Field(description="Says later which offer was taken.")
    benefit: str
    title: str
    code: str | None
    url: str | None
    valid_until: str


class OfferResponse(BaseModel):
    """What to offer to a shopper now."""

    user_id: str | None = Field(description="The shopper in the one spelling; null for a guest.")
    offer: OfferModel | None = Field(description="null: nothing.")
    why: str = Field(description="For people of the shop, not for the shopper; a page is told nothing.")
    decided_at: str | None = Field(description="The decision stands until offer_every_days after it.")

    @classmethod
    def of(cls, user_id: str, found: Offered) -> "OfferResponse":
        """Return what was decided as answers show it."""
        decision, benefit = found.decision, found.benefit
        offer = benefit and OfferModel(
            offer_id=decision.offer_id,
            benefit=decision.benefit,
            title=benefit.title,
            code=benefit.code,
            url=benefit.url,
            valid_until=to_text(decision.expires_at_us),
        )
        return cls(user_id=user_id, offer=offer, why=found.why, decided_at=to_text(decision.decided_at_us))


class TakenPath(BaseModel):
    """Names an offer."""

    offer_id: str = Field(pattern=r"^[0-9a-f]{32}$")


class TakenFields(RequestModel):
    """What an offer cost in the end."""

    cost: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = Field(
        None, description="In the currency; as much as it may cost where it is left out."
    )


class TakenResponse(BaseModel):
    """An offer that was taken."""

    offer_id: str
    benefit: str
    taken_at: str
    cost: float

    @classmethod
    def of(cls, decision: Decision) -> "TakenResponse":
        """Return ``decision``, which was taken, as answers show it."""
        return cls(
            offer_id=decision.offer_id,
            benefit=decision.benefit,
            taken_at=to_text(decision.taken_at_us or 0),
            cost=decision.cost,
        )


def blueprint(desk: OfferDesk, guests: Callable[[], Guests], secret: str | None, max_bytes: int) -> Routes:
    """Return the routes that say what to offer, and note what was taken.

    ``guests`` tells who is nobody; ``secret`` signs tokens of shoppers, None: no page can show offers.
    """
    api = Routes(
        "offers",
        __name__,
        abp_tags=[Tag(name="offers", description="What brings shoppers back: docs/guides/offers.md.")],
        abp_responses=documented(503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.before_request
    def _refuse_repeated() -> Response | None:
        return refuse_repeated(OfferQuery) if request.path == _PATH else None

    @api.get(
        _PATH,
        operation_id="offer",
        summary="What to offer to a shopper now, if anything",
        description="The answer stands for offer_every_days: to ask again changes nothing.",
        responses={200: OfferResponse, **documented(400, 422)},
    )
    def _get(query: OfferQuery) -> Response:
        return answer_for(query)

    @api.post(
        _PATH,
        operation_id="offer_in_page",
        summary="The same for a page, which proves with a token who the shopper is",
        description="With a key of the scope widget an offer is shown, and decided on, only for who the token names.",
        responses={200: OfferResponse, **documented(400, 413, 415, 422)},
    )
    def _post(body: OfferRequest) -> Response:
        is_page = widget_key.is_admitted(request.environ)
        if body.token is not None or is_page:
            _require_proof(body, secret)
        return answer_for(body, is_page=is_page)

    def answer_for(query: OfferQuery, *, is_page: bool = False) -> Response:
        user_id = guests().user_id_of(query.user_id) if query.user_id and query.consent else None
        found = None if user_id is None else desk.offer_for(user_id)
        if user_id is None or found is None:
            answer = OfferResponse(user_id=None, offer=None, why=_NO_PERSON, decided_at=None)
        else:
            answer = OfferResponse.of(user_id, found)
        return _answer(answer.model_copy(update={"why": ""}) if is_page else answer)

    @api.post(
        f"{_PATH}/<offer_id>/taken",
        operation_id="take_offer",
        summary="Note that an offer was taken; twice counts once",
        responses={200: TakenResponse, **documented(400, 404, 409, 413, 415, 422)},
    )
    def _taken(path: TakenPath, body: TakenFields) -> Response:
        found = desk.take(path.offer_id, body.cost)
        if found is None:
            raise NotFound("there is no offer of this id; it may have been erased with its shopper")
        return _answer(TakenResponse.of(found))

    return api


def held(desk: OfferDesk, user_id: str) -> list[dict[str, Any]] | None:
    """Return as JSON values what was decided for a user, newest first; None where nothing was."""
    found = [
        {
            "benefit": one.benefit,
            "decided_at": to_text(one.decided_at_us),
            "taken_at": None if one.taken_at_us is None else to_text(one.taken_at_us),
            "is_held_out": one.is_held_out,
            "propensity": round(one.propensity, 4),
        }
        for one in desk.held(user_id)
    ]
    return found or None


def _require_proof(body: OfferRequest, secret: str | None) -> None:
    """Refuse a request that does not prove who the shopper is: nothing is looked up or decided for it."""
    if secret is None:
        detail = (
            "no page can show offers: set RECSVC_SHOPPER_SECRET, with which the shop's server signs tokens"
        )
    elif body.user_id is None or body.token is None:
        detail = "a page must prove who the shopper is: send user_id and the token that the shop's server signed for it"
    else:
        problem = problem_of(body.token, body.user_id, secret, time.time())
        if problem is None:
            return
        detail = f"token {problem}"
    raise Forbidden(response=forbidden(detail, Scope.READ))


def _answer(answer: BaseModel) -> Response:
    response = answer_json(answer)
    response.headers["Cache-Control"] = "private, no-store"
    return response
