"""``/v1/hooks``: takes what a shop's own system tells by webhook."""

from collections.abc import Sequence

import structlog
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, Field

from recsvc.api.bodies import answer_json, read_body
from recsvc.api.problems import documented, problem
from recsvc.api.routes import Routes
from recsvc.connect.hook_door import HookDoor
from recsvc.connect.json_fields import read_value
from recsvc.errors import PlatformError

_log = structlog.get_logger(__name__)


class HookResponse(BaseModel):
    """What became of a delivery."""

    changed: int = Field(description="Purchases, returns and items that are stored now and were not before.")


def blueprint(doors: Sequence[HookDoor], max_bytes: int) -> Routes:
    """Return the routes of webhooks, one a system; one without a secret takes nothing."""
    api = Routes(
        "hooks",
        __name__,
        abp_tags=[Tag(name="hooks", description="What the shop's own system tells.")],
        abp_responses=documented(400, 401, 403, 404, 409, 413, 422, 503),
    )

    @api.before_request
    def _bound() -> None:
        request.max_content_length = max_bytes

    for door in doors:
        _add(api, door)
    return api


def _add(api: Routes, door: HookDoor) -> None:
    @api.post(
        door.path,
        endpoint=door.platform,
        operation_id=f"post_{door.platform}_hook",
        summary=f"Take a webhook of {door.title}",
        description=f"{door.title} sends it. `{door.signature_header}` admits it, and no key. The same delivery again, "
        "and one that is older than what is known, changes nothing.",
        responses={200: HookResponse},
    )
    def _receive() -> Response:
        if door.secret is None:
            return problem(404, f"webhooks are not set up here: set {door.setting}")
        body = read_body()
        signature = request.headers.get(door.signature_header)
        if signature is None and door.is_ping(body):
            return answer_json(HookResponse(changed=0))
        if not door.admits(body, signature):
            detail = f"{door.signature_header} is not that of the body under {door.setting}"
            _log.warning("hook_refused", platform=door.platform, reason="signature")
            return problem(401, detail, "urn:recsvc:problem:unauthorized")
        wrong = door.wrong_shop(request.headers.get)
        if wrong is not None:
            _log.warning("hook_refused", platform=door.platform, reason="shop")
            return problem(403, wrong, "urn:recsvc:problem:forbidden")
        return _take(door, body)


def _take(door: HookDoor, body: bytes) -> Response:
    # It is signed, and what the shop's plug-ins add to it may be as deep and as wide as they like.
    document = read_value(body)
    if not isinstance(document, dict):
        return problem(400, "the body is not a JSON object in UTF-8")
    delivery = door.delivery(request.headers.get, document)
    try:
        return answer_json(HookResponse(changed=door.take(delivery)))
    except PlatformError as error:
        topic = delivery.topic if delivery.topic in door.topics else ""
        _log.warning("hook_refused", platform=door.platform, reason="document", topic=topic)
        return problem(422, str(error), "urn:recsvc:problem:invalid-request")
