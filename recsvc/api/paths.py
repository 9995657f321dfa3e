"""Paths and query strings: UTF-8, with whatever a shop calls its items and shoppers, slashes included."""

from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import PathConverter

EXTERNAL_ID, USER_ID, ITEM_ID = "external_id", "user_id", "item_id"
"""Names of the converters in routes."""

LINKS = "/r/"
"""Links of mails, which anybody opens: bounded by address, as requests with a key of the scope ``widget`` are. What a
mail tool added to their query strings is passed on, in whatever encoding."""


def init_app(app: Flask) -> None:
    """Let routes take ids from their paths, and refuse paths and query strings that are not UTF-8."""
    app.url_map.converters |= {
        EXTERNAL_ID: ExternalIdConverter,
        USER_ID: UserIdConverter,
        ITEM_ID: ItemIdConverter,
    }

    @app.before_request
    def _require_utf8() -> None:
        try:
            request.environ["PATH_INFO"].encode("latin-1").decode()  # as WSGI has it
            if not request.path.startswith(LINKS):
                unquote_to_bytes(request.query_string).decode()
        except UnicodeDecodeError:
            raise BadRequest("path and query string must be UTF-8, percent-encoded") from None


class ExternalIdConverter(PathConverter):
    """Takes the rest of the path as it is; percent-encoding is undone by then."""

    regex = r"[\s\S]+?"
    part_isolating = False  # it may go across slashes, and begin with one


class UserIdConverter(ExternalIdConverter):
    """Takes the rest of the path, unless it ends in ``/merge``, ``/moment`` or ``/profiling``: other routes."""

    regex = r"(?![\s\S]+/(?:merge|moment|profiling)\Z)[\s\S]+?"
    part_isolating = False


class ItemIdConverter(ExternalIdConverter):
    """Takes the rest of the path, unless it ends in ``/audience``: that is another route."""

    regex = r"(?![\s\S]+/audience\Z)[\s\S]+?"
    part_isolating = False
