"""``/v1/hooks``: takes what a shop's own system tells by webhook."""

import structlog
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, Field

from recsvc.api.bodies import StrictJsonError, answer_json, read_body, read_json
from recsvc.api.problems import documented, problem
from recsvc.api.routes import Routes
from recsvc.connect.signature import is_signed
from recsvc.connect.woocommerce.hooks import HOOK_PATH, PING, TOPICS, Receiver
from recsvc.errors import PlatformError

_log = structlog.get_logger(__name__)


class HookResponse(BaseModel):
    """What became of a delivery."""

    changed: int = Field(description="Purchases, returns and items that are stored now and were not before.")


def blueprint(receiver: Receiver, secret: str | None, max_bytes: int) -> Routes:
    """Return the route of webhooks that are signed with ``secret``; without one it takes nothing."""
    api = Routes(
        "hooks",
        __name__,
        abp_tags=[Tag(name="hooks", description="What the shop's own system tells.")],
        abp_responses=documented(400, 401, 404, 409, 413, 422, 503),
    )

    @api.before_request
    def _bound() -> None:
        request.max_content_length = max_bytes

    @api.post(
        HOOK_PATH,
        operation_id="post_woocommerce_hook",
        summary="Take a webhook of WooCommerce",
        description="WooCommerce sends it. `X-WC-Webhook-Signature` admits it, and no key. The same delivery "
        "again, and one that is older than what is known, changes nothing.",
        responses={200: HookResponse},
    )
    def _woocommerce() -> Response:
        if secret is None:
            return problem(404, "webhooks are not set up here: set RECSVC_WOOCOMMERCE_HOOK_SECRET")
        body = read_body()
        signature = request.headers.get("X-WC-Webhook-Signature")
        if signature is None and PING.fullmatch(body):
            return answer_json(HookResponse(changed=0))
        if not is_signed(body, secret, signature):
            detail = "X-WC-Webhook-Signature is not that of the body under RECSVC_WOOCOMMERCE_HOOK_SECRET"
            _log.warning("hook_refused", platform="woocommerce", reason="signature")
            return problem(401, detail, "urn:recsvc:problem:unauthorized")
        return _take(receiver, request.headers.get("X-WC-Webhook-Topic", ""), body)

    return api


def _take(receiver: Receiver, topic: str, body: bytes) -> Response:
    try:
        document = read_json(body)
    except StrictJsonError as error:
        return problem(400, f"the body {error}")
    if not isinstance(document, dict):
        return problem(400, "the body is not a JSON object")
    try:
        return answer_json(HookResponse(changed=receiver.receive(topic, document)))
    except PlatformError as error:
        _log.warning(
            "hook_refused", platform="woocommerce", reason="document", topic=topic if topic in TOPICS else ""
        )
        return problem(422, str(error), "urn:recsvc:problem:invalid-request")
