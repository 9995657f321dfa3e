"""``/v1/rank``: the shop's own list in the order that suits a shopper."""

import time
from typing import Annotated, Literal

from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel, Field, Strict

from recsvc.api.answers import json_bytes
from recsvc.api.bodies import require_json_object
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.api.schemas import CONSENT, ShopperRequest
from recsvc.identity.external_id import StoredId
from recsvc.ranking.given_list import MAX_GIVEN_ITEMS, GivenList
from recsvc.ranking.query import Query
from recsvc.serving.given_lists import GivenLists

AS_GIVEN: Literal["as_given"] = "as_given"


class RankRequest(ShopperRequest):
    """Which items, for whom."""

    item_ids: list[StoredId] = Field(
        min_length=1,
        max_length=MAX_GIVEN_ITEMS,
        description="A search result or category in the shop's own order; of an id that comes again, the first counts.",
    )
    own_weight: Annotated[float, Strict()] = Field(
        0.0,
        ge=0,
        le=1,
        description="How much the shop's own order counts: 0 only what suits the shopper, 1 nothing else. For a search "
        "result, whose first items fit the words best, about 0.5.",
    )
    consent: Annotated[bool, Strict()] = Field(True, description=CONSENT)


class RankResponse(BaseModel):
    """All items that were sent, in the order that suits the shopper."""

    user_id: str | None = Field(description="The shopper in the one spelling; null for a guest.")
    recommendation_id: str = Field(
        description="Names the list; events that bring it back say what it led to."
    )
    strategy: Literal["personalized", "folded_in", "as_given"] = Field(
        description="as_given: nothing is known of the shopper, and the order is the shop's."
    )
    model_version: str
    item_ids: list[str] = Field(
        description="Best first; what the catalogue says is not to be had comes last."
    )


def blueprint(given_lists: GivenLists) -> Routes:
    """Return the route that answers from ``given_lists``."""
    api = Routes("rank", __name__, abp_tags=[Tag(name="recommend")])

    @api.post(
        "/v1/rank",
        operation_id="rank",
        summary="The shop's own list in the order that suits a shopper",
        responses={200: RankResponse, **documented(400, 413, 415, 422, 503)},
    )
    def _post(body: RankRequest) -> Response:
        started = time.perf_counter()
        user_id = body.user_id if body.consent else None
        given = GivenList(tuple(dict.fromkeys(body.item_ids)), body.own_weight)
        ranked = given_lists.rank(Query(user_id=user_id, session_id=body.session_id), given)
        document = {
            "user_id": ranked.user_id,
            "recommendation_id": ranked.recommendation_id,
            "strategy": AS_GIVEN if ranked.strategy is None else ranked.strategy,
            "model_version": ranked.model_version,
            "item_ids": ranked.item_ids,
        }
        milliseconds = 1000 * (time.perf_counter() - started)
        headers = {"Server-Timing": f"rank;dur={milliseconds:.2f}", "Cache-Control": "private, no-cache"}
        return Response(json_bytes(document), headers=headers, mimetype="application/json")

    @api.before_request
    def _require_object() -> None:
        require_json_object()

    return api
