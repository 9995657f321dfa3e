"""``/v1/recommend/page``: all the lists of a page in one round trip."""

import time
from typing import Annotated

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from recsvc.api.answers import json_bytes
from recsvc.api.catalogue_fields import Describe
from recsvc.api.problems import documented
from recsvc.api.rate_limit import charge
from recsvc.api.routes import Routes
from recsvc.api.schemas import (
    CONSENT,
    FIELDS,
    CatalogueFields,
    CategoryName,
    ContextItems,
    PlacementName,
    RecommendResponse,
    ShopperRequest,
    items_where_needed,
    names_of,
)
from recsvc.catalogue.fields import RequestModel
from recsvc.identity.external_id import StoredId
from recsvc.ranking.query import Placement, Query
from recsvc.serving.pages import MAX_LISTS, MAX_PAGE_ITEMS, Page, PageAnswer, Pages
from recsvc.serving.rules_in_force import RulesInForce

ListName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class PageListRequest(RequestModel):
    """One list of the page."""

    model_config = ConfigDict(json_schema_extra=items_where_needed("item_ids"))

    name: ListName = Field(description="What the page calls the list; comes back with it.")
    placement: PlacementName = Field(
        Placement.FOR_YOU,
        description=f"What kind of list: {', '.join(Placement)}, or a name of the shop's own.",
    )
    n: int = Field(10, ge=1, le=MAX_PAGE_ITEMS // MAX_LISTS, description="At most this many items.")
    item_ids: ContextItems = Field(default_factory=list)
    category: CategoryName | None = Field(None, description="A category, to whose items the list keeps.")

    def to_query(self, page: "PageRequest", rules: RulesInForce) -> Query:
        """Return the query for this list of ``page``."""
        return rules.query_for(
            self.placement,
            n=self.n,
            user_id=page.recognised_user_id,
            item_ids=tuple(self.item_ids),
            exclude=tuple(page.exclude),
            session_id=page.session_id,
            category=self.category,
        )


class PageRequest(ShopperRequest):
    """Which lists, for whom."""

    placements: list[PageListRequest] = Field(
        min_length=1,
        max_length=MAX_LISTS,
        description=f"Of an item that fits several lists, the first has it. At most {MAX_PAGE_ITEMS} items in all.",
    )
    exclude: list[StoredId] = Field(
        default_factory=list, max_length=MAX_PAGE_ITEMS, description="Items that must not be on the page."
    )
    fields: CatalogueFields | None = Field(None, description=FIELDS)
    consent: Annotated[bool, Strict()] = Field(True, description=CONSENT)

    @property
    def recognised_user_id(self) -> str | None:
        """The user, where they may be recognised."""
        return self.user_id if self.consent else None

    def to_page(self, rules: RulesInForce) -> Page:
        """Return the page that is asked for; raises QueryError where fields do not go together."""
        return Page(tuple(wanted.to_query(self, rules) for wanted in self.placements))


class PageListResponse(RecommendResponse):
    """A list, as ``/v1/recommend`` answers it, and what the page calls it."""

    name: str


class PageResponse(BaseModel):
    """The lists in the order asked for; no item, and no product in two variants, is in two of them."""

    user_id: str | None
    lists: list[PageListResponse]


def blueprint(pages: Pages, describe: Describe) -> Routes:
    """Return the route that answers from ``pages``, with fields of the catalogue where ``describe`` is to add them."""
    api = Routes("page", __name__, abp_tags=[Tag(name="recommend")])

    @api.post(
        "/v1/recommend/page",
        operation_id="recommend_page",
        summary="Several lists, no item and no product twice",
        responses={200: PageResponse, **documented(400, 404, 413, 415, 422, 503)},
    )
    def _post(body: PageRequest) -> Response:
        started = time.perf_counter()
        charge(len(body.placements))
        answer = pages.answer(body.to_page(pages.rules), is_kept=body.consent)
        milliseconds = 1000 * (time.perf_counter() - started)
        headers = {
            "X-Recsvc-Cache": answer.cache,
            "Server-Timing": f"page;dur={milliseconds:.2f}",
            "Cache-Control": "private, no-cache",
        }
        return Response(_page(body, answer, describe), headers=headers, mimetype="application/json")

    @api.before_request
    def _require_object() -> None:
        # Here, because the validation would only see "no body".
        if not request.is_json:
            raise UnsupportedMediaType("send the fields as JSON, with Content-Type: application/json")
        try:
            body = request.get_json(silent=True)
        except RecursionError:  # nested deeper than any of ours
            body = None
        if not isinstance(body, dict):
            raise BadRequest("the body is not a JSON object")

    return api


def _page(asked: PageRequest, answer: PageAnswer, describe: Describe) -> bytes:
    named = zip(asked.placements, answer.lists, strict=True)
    lists = [{"name": wanted.name} | found.document() for wanted, found in named]
    fields = names_of(asked.fields)
    if fields:
        # Asked of the catalogue at each answer, once for all lists: prices change more often than lists.
        describe([item for one in lists for item in one["items"]], fields)
    return json_bytes({"user_id": answer.lists[0].query.known_as, "lists": lists})
