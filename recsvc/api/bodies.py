"""Bodies of requests and answers.

A request is JSON as RFC 8259 has it, in UTF-8, neither deeper nor wider than anything that the API takes.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

MAX_DEPTH = 16
MAX_NAMES = 250
_QUOTED = 80
_WITH_BODY = ("POST", "PUT", "PATCH")


def answer_json(answer: BaseModel, status: int = HTTPStatus.OK) -> Response:
    """Return ``answer`` as JSON."""
    return Response(answer.model_dump_json(by_alias=True), status, mimetype="application/json")


def json_object_of(max_bytes: int) -> Callable[[], None]:
    """Return a ``before_request`` that refuses a body which is larger than ``max_bytes`` or no JSON object."""

    def check() -> None:
        request.max_content_length = max_bytes
        if request.method in _WITH_BODY:
            require_json_object()

    return check


def require_json_object() -> None:
    """Refuse a body that is no JSON object: the validation of fields would only see "no body"."""
    if not request.is_json:
        raise UnsupportedMediaType("send the fields as JSON, with Content-Type: application/json")
    read_body()
    if not isinstance(request.get_json(), dict):
        raise BadRequest("the body is not a JSON object")


def read_body() -> bytes:
    """Return the whole body.

    One that comes in chunks and is too large is refused; it would otherwise be cut off in silence.
    """
    body = request.get_data()
    if request.content_length is None:
        request.stream.read(1)  # raises where more would follow
    return body


class StrictJsonError(ValueError):
    """A text is not JSON that the API takes; the message says why."""


class StrictJson(DefaultJSONProvider):
    """Reads the bodies of the application; one that cannot be used is answered with the reason."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401, ARG002 - as inherited
        """Return the value in ``s``; raises BadRequest where it is not JSON that can be used."""
        try:
            return read_json(s)
        except StrictJsonError as error:
            raise BadRequest(f"the body {error}") from error


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the value in ``text``.

    Raises:
        StrictJsonError: the text is no JSON, not in UTF-8, names something twice, or is larger than anything asked for.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = json.loads(decoded, object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise StrictJsonError("is not in UTF-8") from None
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"is not JSON: {error}") from None
    except RecursionError:
        raise StrictJsonError(_too_deep()) from None
    except StrictJsonError:
        raise
    except ValueError:  # Python reads no integers of more than 4,300 digits
        raise StrictJsonError("holds a number of too many digits") from None
    if decoded.count("[") + decoded.count("{") > MAX_DEPTH and _is_too_deep(value):
        raise StrictJsonError(_too_deep())
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:  # the answer would name each unknown one
        raise StrictJsonError(f"holds an object with {len(pairs)} names; there may be {MAX_NAMES}")
    made = dict(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        repeated = next(name for name in made if times[name] > 1)
        raise StrictJsonError(f"names {repeated!r:.{_QUOTED}} twice in one object")
    return made


def _no_constant(name: str) -> None:
    raise StrictJsonError(f"is not JSON: {name} is no number")


def _too_deep() -> str:
    return f"is nested deeper than {MAX_DEPTH} levels"


def _is_too_deep(root: object) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for value in level if isinstance(value, dict | list) for child in _children(value)]
    return any(isinstance(value, dict | list) for value in level)


def _children(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
