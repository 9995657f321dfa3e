"""``/v1/recommend``: a list for a shopper at a placement."""

import time

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag

from recsvc.api.body import require_json_object
from recsvc.api.problems import documented
from recsvc.api.responses import LOOK, RESPONSE, ListResponse
from recsvc.api.schemas import RecommendRequest, RecommendResponse
from recsvc.ranking.query import Query
from recsvc.serving.lists import Lists


def blueprint(lists: Lists) -> APIBlueprint:
    """Return the routes that answer from ``lists``."""
    api = APIBlueprint(
        "recommend",
        __name__,
        abp_tags=[Tag(name="recommend", description="What shall we show this shopper, here, now?")],
        abp_responses={200: RecommendResponse, **documented(400, 404, 422, 503)},
    )

    @api.get(
        "/v1/recommend",
        operation_id="recommend",
        summary="A list, asked with a query string",
        responses={304: {"description": "The list is still the one that If-None-Match names."}},
    )
    def _get(query: RecommendRequest) -> Response:
        return _respond(lists, query.to_query())

    @api.post(
        "/v1/recommend",
        operation_id="recommend_post",
        summary="A list, asked with a JSON body",
        responses=documented(413, 415),
    )
    def _post(body: RecommendRequest) -> Response:
        return _respond(lists, body.to_query())

    @api.before_request
    def _require_json() -> None:
        if request.method == "POST":
            require_json_object()

    return api


def _respond(lists: Lists, query: Query) -> Response:
    started = time.perf_counter()
    answer = lists.answer(query, request.environ.get(LOOK))
    made = ListResponse.of(answer, query.placement, 1000 * (time.perf_counter() - started))
    request.environ[RESPONSE] = made
    response = Response(answer.body, headers=made.headers)
    if request.method != "POST" and made.is_held_by(request.headers.get("If-None-Match")):
        response.status_code = 304
    return response
