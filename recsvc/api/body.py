"""What is demanded of a body before its fields are looked at."""

from collections.abc import Callable

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

_WITH_BODY = ("POST", "PUT", "PATCH")


def json_object_of(max_bytes: int) -> Callable[[], None]:
    """Return a ``before_request`` that refuses bodies which are larger or no JSON object."""

    def check() -> None:
        request.max_content_length = max_bytes
        if request.method in _WITH_BODY:
            require_json_object()

    return check


def require_json_object() -> None:
    """Refuse a body that is no JSON object; the validation of fields would only see "no body"."""
    if not request.is_json:
        raise UnsupportedMediaType("send the fields as JSON, with Content-Type: application/json")
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested deeper than any of ours
        body = None
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object")
