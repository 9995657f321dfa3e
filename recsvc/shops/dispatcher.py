"""In front of all shops of a worker: finds the one that a request is for.

The host decides, else the path, else the key. None of these is a proof: the shop that was found checks the key as
it does where it is alone, and knows no keys but its own. So whoever makes up a host, a path or the id of a key comes to
a shop that refuses them.
"""

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from recsvc.api.admission import is_for_people, scope_of, sent_key, without_valid_key
from recsvc.api.problems import problem
from recsvc.api.widget_key import key_in_query
from recsvc.logs import SHOP
from recsvc.settings.host_names import host_name
from recsvc.shops.front import Front
from recsvc.shops.served_shop import ServedShop
from recsvc.store.api_keys import read_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/shops/"
SAME_FOR_ALL = frozenset({"/widget.js", "/openapi.json"})
_DOCS = "/docs/"
MAX_HOSTS = 1024
"""Spellings of the Host header that are kept, so that one that anybody makes up costs memory for a moment alone."""

MAX_SPELLING = 300

_WAYS = "send it to the host of a shop, below /shops/NAME/, or with a key of the shop"


class Dispatcher:
    """The WSGI application of a worker with several shops.

    Args:
        shops: that are served.
        front: answers what is of the whole deployment.
        n_proxies: trusted ones in front, whose word on the host counts.
    """

    def __init__(self, shops: Sequence[ServedShop], front: Front, n_proxies: int = 0) -> None:
        self._shops = tuple(shops)
        self._any = next((shop for shop in shops if shop.parts is not None), shops[0])
        self._front = front
        self._n_proxies = n_proxies
        self._by_name = {shop.name: shop for shop in shops}
        self._by_host = {host: shop for shop in shops for host in shop.hosts}
        self._by_spelling = lru_cache(MAX_HOSTS)(self._named)  # any number of threads may ask it at once

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the shop answer that the request is for."""
        now = time.monotonic()
        shop = self._of_host(environ)
        if shop is not None:
            return shop(environ, start_response, now)
        path = environ.get("PATH_INFO", "")
        found = self._of_path(path, environ) if path.startswith(PREFIX) else self._of_key(path, environ)
        if isinstance(found, ServedShop):
            return found(environ, start_response, now)
        SHOP.set(None)
        return found(environ, start_response)

    def _of_host(self, environ: "WSGIEnvironment") -> ServedShop | None:
        spelled = environ.get("HTTP_HOST", "")
        if self._n_proxies:
            spelled = _forwarded(environ.get("HTTP_X_FORWARDED_HOST"), self._n_proxies) or spelled
        return self._by_spelling(spelled) if len(spelled) <= MAX_SPELLING else self._named(spelled)

    def _named(self, spelled: str) -> ServedShop | None:
        return self._by_host.get(host_name(spelled) or "")

    def _of_path(self, path: str, environ: "WSGIEnvironment") -> "ServedShop | WSGIApplication":
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        shop = self._by_name.get(name)
        if shop is None:
            return problem(404, f"there is no such shop: {_WAYS}", "urn:recsvc:problem:no-shop")
        root = environ.get("SCRIPT_NAME", "") + PREFIX + name
        if not slash:
            return redirect(f"{root}/", 308)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = root, f"/{rest}"
        return shop

    def _of_key(self, path: str, environ: "WSGIEnvironment") -> "ServedShop | WSGIApplication":
        if path in SAME_FOR_ALL or path.startswith(_DOCS):
            return self._any
        if _is_preflight(environ):
            return self._of_origin(environ)
        sent = sent_key(environ) or key_in_query(environ)
        answer = self._front.answer(path, sent, environ)
        if answer is not None:
            return answer
        return _without_key(path, environ) if sent is None else self._with_key(sent)

    def _with_key(self, sent: str) -> "ServedShop | Response":
        token = read_token(sent)
        found = [shop for shop in self._shops if token and _knows(shop, token.key_id)]
        if len(found) == 1:
            return found[0]
        if found:
            return problem(
                421, f"the key is one of several shops, whose stores are copies of each other: {_WAYS}"
            )
        are_known = all(shop.parts is not None and shop.parts.gate.ring.is_known for shop in self._shops)
        return without_valid_key(sent, are_known=are_known)

    def _of_origin(self, environ: "WSGIEnvironment") -> ServedShop:
        """Return a shop whose pages may ask: a preflight has no key. What is asked then has one, which decides."""
        origin = environ["HTTP_ORIGIN"]
        allowing = (shop for shop in self._shops if shop.parts and shop.parts.is_asked_from(origin))
        return next(allowing, self._any)


def _knows(shop: ServedShop, key_id: str) -> bool:
    return shop.parts is not None and shop.parts.gate.ring.knows(key_id)


def _without_key(path: str, environ: "WSGIEnvironment") -> Response:
    if is_for_people(path) or scope_of(environ["REQUEST_METHOD"], path) is None:
        return problem(404, f"the request names no shop: {_WAYS}", "urn:recsvc:problem:no-shop")
    return without_valid_key(None, are_known=True, remedy=f"the request names no shop: {_WAYS}")


def _is_preflight(environ: "WSGIEnvironment") -> bool:
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and "HTTP_ORIGIN" in environ
        and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    )


def _forwarded(header: str | None, n_proxies: int) -> str | None:
    """Return the host that the outermost of the trusted proxies was asked for; each adds what it was asked for."""
    hosts = [host.strip() for host in header.split(",")] if header else []
    return hosts[-n_proxies] if len(hosts) >= n_proxies else None
