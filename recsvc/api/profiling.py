"""``/v1/users/{user_id}/profiling``: whether a shopper may be profiled."""

from collections.abc import Callable
from typing import Annotated

from flask import Response
from flask_openapi3 import Tag
from pydantic import Field, Strict

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.events import notify
from recsvc.api.paths import EXTERNAL_ID
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.api.users import Holders, ProfilingAnswer, UserPath
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import now_us
from recsvc.identity.nobody import Guests
from recsvc.store.objections import Objection, Objections

_PROFILING_PATH = f"/v1/users/<{EXTERNAL_ID}:user_id>/profiling"


class ProfilingFields(RequestModel):
    """Whether a shopper may be profiled."""

    allowed: Annotated[bool, Strict()] = Field(
        description="false: their lists are those of a guest, no audience names them, and no training learns of them."
    )


def blueprint(
    objections: Objections, holders: Holders, guests: Callable[[], Guests], max_bytes: int
) -> Routes:
    """Return the route that keeps what shoppers say in ``objections``; ``guests`` returns who is nobody."""
    api = Routes("profiling", __name__, abp_tags=[Tag(name="users")], abp_responses=documented(422, 503))
    api.before_request(json_object_of(max_bytes))

    @api.put(
        _PROFILING_PATH,
        operation_id="put_profiling",
        summary="Keep whether a shopper may be profiled",
        responses={200: ProfilingAnswer, **documented(400, 409, 413, 415)},
    )
    def _put(path: UserPath, body: ProfilingFields) -> Response:
        said_at_us = now_us()
        user_id = objections.say(path.user_id, said_at_us, guests(), objects=not body.allowed)
        holders.look_now()
        notify(holders.on_merged, frozenset({user_id}), frozenset())
        response = answer_json(ProfilingAnswer.of(Objection(not body.allowed, said_at_us)))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return api
