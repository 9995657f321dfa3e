"""``/widget.js``: the custom element ``<recsvc-list>``, for the pages of any shop."""

import gzip
import hashlib
from importlib.resources import files

from flask import Blueprint, Response, request

PATH = "/widget.js"
CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"
"""A browser asks again after a day, and for a week more shows what it has meanwhile: an upgrade needs no new URL."""


def source() -> bytes:
    """Return the text of the module."""
    return files("recsvc.web").joinpath("static", "widget.js").read_bytes()


def blueprint() -> Blueprint:
    """Return the route of the module, which needs no key."""
    pages = Blueprint("widget", __name__)
    plain = source()
    packed = gzip.compress(plain, mtime=0)
    etag = hashlib.blake2b(plain, digest_size=12).hexdigest()

    @pages.get(PATH)
    def _widget() -> Response:
        is_packed = request.accept_encodings["gzip"] > 0
        response = Response(packed if is_packed else plain, mimetype="text/javascript")
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = CACHE_CONTROL
        # The page of any site may run it: it is no secret, and does nothing without a key.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_etag(etag, weak=True)  # the same for both codings
        response.make_conditional(request)
        return response

    return pages
