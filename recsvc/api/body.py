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
    read_body()
    if not isinstance(request.get_json(), dict):
        raise BadRequest("the body is not a JSON object")


def read_body() -> bytes:
    """Return the whole body; one that comes in chunks and is too large would else be cut off in silence."""
    body = request.get_data()
    if request.content_length is None:
        request.stream.read(1)  # raises where more would follow
    return body
