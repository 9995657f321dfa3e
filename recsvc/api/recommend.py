"""``/v1/recommend``: a list for a shopper at a placement."""

import time
from dataclasses import replace

from flask import Response, request
from flask_openapi3 import Tag

from recsvc.api.answers import EXCHANGE, Exchange, ListResponse
from recsvc.api.bodies import require_json_object
from recsvc.api.catalogue_fields import Describe
from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.routes import Routes
from recsvc.api.schemas import RecommendQuery, RecommendRequest, RecommendResponse
from recsvc.serving.lists import Lists


def blueprint(lists: Lists, describe: Describe) -> Routes:
    """Return the routes that answer from ``lists``, with fields of the catalogue where ``describe`` is to add them."""
    api = Routes(
        "recommend",
        __name__,
        abp_tags=[Tag(name="recommend", description="What shall we show this shopper, here, now?")],
        abp_responses={200: RecommendResponse, **documented(400, 404, 422, 503)},
    )

    def respond(asked: RecommendRequest) -> Response:
        return _sent(make_list(lists, describe, asked))

    @api.get(
        "/v1/recommend",
        operation_id="recommend",
        summary="A list, asked with a query string",
        responses={304: {"description": "The list is still the one that If-None-Match names."}},
    )
    def _get(query: RecommendQuery) -> Response:
        return respond(query)

    @api.post(
        "/v1/recommend",
        operation_id="recommend_post",
        summary="A list, asked with a JSON body",
        responses=documented(413, 415),
    )
    def _post(body: RecommendRequest) -> Response:
        return respond(body)

    @api.before_request
    def _check_shape() -> Response | None:
        if request.method != "POST":
            return refuse_repeated(RecommendQuery)
        require_json_object()
        return None

    return api


def make_list(
    lists: Lists, describe: Describe, asked: RecommendRequest, *, is_named: bool = True
) -> ListResponse:
    """Return the list that is asked for; ``is_named`` says whether it tells for whom it is."""
    started, exchange = time.perf_counter(), request.environ.get(EXCHANGE) or Exchange()
    query, look = asked.to_query(lists.shop.rules), exchange.look
    if look is None or look.resolved.asked != query:
        look = lists.look(lists.resolve(query))
    answer = lists.finish(look, is_kept=asked.consent)
    document = answer.document()
    if not is_named:
        document["user_id"] = None
    if asked.field_names:
        # Not given again as it is: prices change more often than lists.
        describe(document["items"], asked.field_names)
        answer = replace(answer, reuse=None)
    exchange.response = ListResponse.of(answer, document, 1000 * (time.perf_counter() - started))
    return exchange.response


def _sent(made: ListResponse) -> Response:
    response = Response(made.body, headers=made.headers)
    if request.method != "POST" and made.is_held_by(request.headers.get("If-None-Match")):
        response.status_code = 304
    return response
