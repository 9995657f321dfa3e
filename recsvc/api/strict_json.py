"""JSON as RFC 8259 has it, in UTF-8, neither deeper nor wider than anything that is asked for."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest

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
