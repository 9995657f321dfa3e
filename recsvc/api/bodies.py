"""JSON as RFC 8259 has it, in UTF-8, neither deeper nor wider than anything that is asked for."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
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


def init_app(app: Flask) -> None:
    """Refuse paths and query strings that are not UTF-8."""

    @app.before_request
    def _require_utf8() -> None:
        try:
            request.environ["PATH_INFO"].encode("latin-1").decode()  # as WSGI has it
            unquote_to_bytes(request.query_string).decode()
        except UnicodeDecodeError:
            raise BadRequest("path and query string must be UTF-8, percent-encoded") from None


MAX_DEPTH = 16
MAX_NAMES = 250
_QUOTED = 80


class StrictJsonError(ValueError):
    """A text is not JSON that can be used; the message says why."""


class StrictJson(DefaultJSONProvider):
    """How the application reads bodies: what is wrong with one is answered with the reason."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401, ARG002 - as inherited
        """Return what ``s`` says; raises BadRequest."""
        try:
            return read_json(s)
        except StrictJsonError as error:
            raise BadRequest(f"the body {error}") from error


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what ``text`` says.

    Raises:
        StrictJsonError: it is no JSON, not in UTF-8, names something twice, or holds more than anybody asks.
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
    if len(pairs) > MAX_NAMES:  # each unknown one would be complained of
        raise StrictJsonError(f"holds an object with {len(pairs)} names; there may be {MAX_NAMES}")
    made = dict(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in made if times[name] > 1)
        raise StrictJsonError(f"names {twice!r:.{_QUOTED}} twice in one object")
    return made


def _no_constant(name: str) -> None:
    raise StrictJsonError(f"is not JSON: {name} is no number")


def _too_deep() -> str:
    return f"is nested deeper than {MAX_DEPTH} levels"


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for one in level if isinstance(one, dict | list) for child in _children(one)]
    return any(isinstance(one, dict | list) for one in level)


def _children(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
