"""``/v1/items/{item_id}/audience`` and ``/v1/audiences``: the shoppers who are most likely to buy an item."""

import time
from typing import Annotated

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator

from recsvc.api.answers import json_bytes
from recsvc.api.bodies import require_json_object
from recsvc.api.paths import EXTERNAL_ID
from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.rate_limit import charge
from recsvc.api.routes import Routes
from recsvc.api.schemas import CategoryName
from recsvc.catalogue.fields import RequestModel
from recsvc.identity.external_id import StoredId
from recsvc.ranking.audience.audience import MAX_ITEMS, MAX_N, AudienceQuery, OwnersAre
from recsvc.rules.placement_rules import whole
from recsvc.serving.audiences import FoundAudience, ShopAudiences

_PATH = f"/v1/items/<{EXTERNAL_ID}:item_id>/audience"
_MANY_PATH = "/v1/audiences"


class AudienceItemPath(BaseModel):
    """Names the item that shoppers are looked for."""

    item_id: StoredId = Field(description="Percent-encoded; may contain slashes.")


class AudienceOptions(RequestModel):
    """How many shoppers, and which."""

    n: int = Field(1000, ge=1, le=MAX_N, description="At most so many shoppers are named.")
    precision: float | None = Field(
        None, gt=0, le=1, description="A share of the audience that should buy: how large may it be?"
    )
    owners: OwnersAre = Field(
        OwnersAre.AUTO,
        description="Those who have the item: auto leaves them out unless a fifth of its buyers comes back for it.",
    )

    def query_of(self, item_ids: tuple[str, ...]) -> AudienceQuery:
        """Return what is asked for of these items; raises QueryError."""
        return AudienceQuery(item_ids, self.n, self.precision, self.owners)


class AudienceRequest(AudienceOptions):
    """For which items: some, or all of a category."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["item_ids"], "properties": {"item_ids": {"type": "array"}}},
                {"required": ["category"], "properties": {"category": {"type": "string"}}},
            ],
            "examples": [{"item_ids": ["22423", "85123A"], "n": 500, "precision": 0.1}],
        }
    )

    n: Annotated[int, BeforeValidator(whole), Strict()] = Field(
        1000, ge=1, le=MAX_N, description="At most so many shoppers are named."
    )
    item_ids: list[StoredId] | None = Field(
        None, min_length=1, max_length=MAX_ITEMS, description="Who is likely to buy at least one of these."
    )
    category: CategoryName | None = Field(
        None, description=f"The same of a category of at most {MAX_ITEMS} items."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "AudienceRequest":
        if (self.item_ids is None) == (self.category is None):
            raise ValueError("one of item_ids and category is needed")
        return self


class AudienceShopper(BaseModel):
    """One shopper of an audience."""

    user_id: str
    probability: float = Field(description="How likely they buy at least one of the items.")


class SizeForPrecision(BaseModel):
    """How large an audience may be."""

    precision: float = Field(description="As asked for.")
    size: int = Field(description="So many of the likeliest shoppers; 0 where nobody is that likely.")
    expected_buyers: float = Field(description="So many of them are expected to buy.")


class AudienceResponse(BaseModel):
    """Who is most likely to buy."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "item_ids": ["22423"],
                    "model_version": "20261130T021011637Z-3e5948",
                    "horizon_days": 28.0,
                    "considered": 3458,
                    "owners_left_out": ["22423"],
                    "expected_buyers": 0.49,
                    "size_for_precision": {"precision": 0.1, "size": 214, "expected_buyers": 21.4},
                    "shoppers": [
                        {"user_id": "14911", "probability": 0.2481},
                        {"user_id": "12748", "probability": 0.2401},
                    ],
                }
            ]
        }
    )

    item_ids: list[str] = Field(description="In the spelling of the live version.")
    model_version: str
    horizon_days: float = Field(description="Probabilities are of a purchase within so many days.")
    considered: int = Field(description="So many shoppers could be in the audience.")
    owners_left_out: list[str] = Field(description="The items that those who have them are left out for.")
    expected_buyers: float = Field(description="So many of the shoppers named are expected to buy.")
    size_for_precision: SizeForPrecision | None = Field(description="null where no precision was asked for.")
    shoppers: list[AudienceShopper] = Field(description="The likeliest first.")


def blueprint(audiences: ShopAudiences) -> Routes:
    """Return the routes that answer from ``audiences``."""
    api = Routes(
        "audiences",
        __name__,
        abp_tags=[Tag(name="audiences", description="Who is most likely to buy an item.")],
        abp_responses=documented(404, 409, 422, 503),
    )

    @api.before_request
    def _check() -> Response | None:
        if request.method == "POST":
            require_json_object()
            return None
        return refuse_repeated(AudienceOptions)

    @api.get(
        _PATH,
        operation_id="audience_of_item",
        summary="The shoppers who are most likely to buy an item",
        responses={200: AudienceResponse, **documented(400)},
    )
    def _of_item(path: AudienceItemPath, query: AudienceOptions) -> Response:
        return _answer(audiences, query.query_of((path.item_id,)))

    @api.post(
        _MANY_PATH,
        operation_id="audience_of_items",
        summary="The same for several items: who is most likely to buy at least one of them",
        responses={200: AudienceResponse, **documented(400, 413, 415)},
    )
    def _of_items(body: AudienceRequest) -> Response:
        item_ids = tuple(dict.fromkeys(body.item_ids or ()))
        if body.category is not None:
            item_ids = audiences.items_in(body.category)
        charge(len(item_ids))
        return _answer(audiences, body.query_of(item_ids))

    return api


def _answer(audiences: ShopAudiences, asked: AudienceQuery) -> Response:
    started = time.perf_counter()
    document = _document(audiences.find(asked))
    milliseconds = 1000 * (time.perf_counter() - started)
    headers = {"Server-Timing": f"audience;dur={milliseconds:.1f}", "Cache-Control": "private, no-store"}
    return Response(json_bytes(document), headers=headers, mimetype="application/json")


def _document(found: FoundAudience) -> dict[str, object]:
    sized = found.sized
    return {
        "item_ids": list(found.item_ids),
        "model_version": found.model_version,
        "horizon_days": found.horizon_days,
        "considered": found.considered,
        "owners_left_out": list(found.owners_left_out),
        "expected_buyers": round(sum(probability for _, probability in found.shoppers), 2),
        "size_for_precision": None
        if sized is None
        else {"precision": sized.precision, "size": sized.size, "expected_buyers": round(sized.buyers, 2)},
        "shoppers": [
            {"user_id": user_id, "probability": round(probability, 6)}
            for user_id, probability in found.shoppers
        ],
    }
