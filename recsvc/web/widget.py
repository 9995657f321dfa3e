"""``/widget.js`` and ``/offer.js``: the elements ``<recsvc-list>`` and ``<recsvc-offer>``, for pages of any shop."""

import gzip
import hashlib
from importlib.resources import files

from flask import Blueprint, Response, request

MODULES = ("widget.js", "offer.js")
CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"
"""A browser asks again after a day, and for a week more shows what it has meanwhile: an upgrade needs no new URL."""


def source(module: str) -> bytes:
    """Return the text of a module."""
    return files("recsvc.web").joinpath("static", module).read_bytes()


def blueprint() -> Blueprint:
    """Return the routes of the modules, which need no key."""
    pages = Blueprint("widget", __name__)
    for module in MODULES:
        _add(pages, module)
    return pages


def _add(pages: Blueprint, module: str) -> None:
    plain = source(module)
    packed = gzip.compress(plain, mtime=0)
    etag = hashlib.blake2b(plain, digest_size=12).hexdigest()

    @pages.get(f"/{module}", endpoint=module.removesuffix(".js"))
    def _module() -> Response:
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
