"""What is percent-encoded must be UTF-8: else two ids could become one."""

from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import BadRequest


def init_app(app: Flask) -> None:
    """Refuse paths and query strings that are not UTF-8."""

    @app.before_request
    def _require_utf8() -> None:
        try:
            request.environ["PATH_INFO"].encode("latin-1").decode()  # as WSGI has it
            unquote_to_bytes(request.query_string).decode()
        except UnicodeDecodeError:
            raise BadRequest("path and query string must be UTF-8, percent-encoded") from None
