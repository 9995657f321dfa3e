"""Keys of the scope ``widget``: everybody can read them in a page, so they open little, and only from the shop's pages.

A browser sends what a page posts while it is being left only if it need not ask first: a body in ``text/plain``, and no
header of our own. With such a key alone, events may therefore come as JSON in ``text/plain``, the key in the query.
"""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from recsvc.store.api_keys import ApiKey, Scope
from recsvc.store.event import EventType

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

EVENTS_PATH = "/v1/events"
LIST_PATHS = frozenset({"/v1/recommend", "/v1/recommend/page"})
OFFERS_PATH = "/v1/offers"
WIDGET_PATHS = LIST_PATHS | {EVENTS_PATH, OFFERS_PATH}

EVENT_TYPES = frozenset({EventType.IMPRESSION, EventType.CLICK, EventType.ADD_TO_CART, EventType.VIEW})
"""What a page may say that a shopper did; what was bought and sent back, the shop's server says."""

ENTRIES = 20
"""So many events of a page count as one request."""

KEY_PARAMETER = "key"
_AS_WIDGET = "recsvc.widget"
_IPV6_SITE_BITS = 64


def key_in_query(environ: "WSGIEnvironment") -> str | None:
    """Return the key in the query string of a request that posts events, or None."""
    query_string: str = environ.get("QUERY_STRING", "")
    if not query_string or not _posts(EVENTS_PATH, environ):
        return None
    found = parse_qs(query_string).get(KEY_PARAMETER)
    return found[0] if found else None


def may_stand_in_url(key: ApiKey) -> bool:
    """Return whether ``key`` opens nothing beyond what the page in which it stands does."""
    return key.scopes == {Scope.WIDGET}


def opens(key: ApiKey, environ: "WSGIEnvironment") -> bool:
    """Return whether ``key`` may be used for a request by its scope ``widget``."""
    if Scope.WIDGET not in key.scopes:
        return False
    return is_for_pages(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))


def admit(environ: "WSGIEnvironment") -> None:
    """Mark a request that is admitted by the scope ``widget``; let it send JSON in ``text/plain``."""
    environ[_AS_WIDGET] = True
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == "text/plain" and _posts(EVENTS_PATH, environ):
        environ["CONTENT_TYPE"] = "application/json"


def is_admitted(environ: "WSGIEnvironment") -> bool:
    """Return whether a request was admitted by the scope ``widget``."""
    return _AS_WIDGET in environ


def visitor_of(key: ApiKey, environ: "WSGIEnvironment") -> str:
    """Return the name under which the requests of one address with ``key`` are counted."""
    return f"{key.key_id} {_site_of(environ.get('REMOTE_ADDR', ''))}"


def site_of(environ: "WSGIEnvironment") -> str:
    """Return the name under which the requests of one address without a key are counted."""
    return f"link {_site_of(environ.get('REMOTE_ADDR', ''))}"


def is_for_pages(method: str, path: str) -> bool:
    """Return whether keys of the scope ``widget`` open an operation."""
    return path in LIST_PATHS or (method == "POST" and path in WIDGET_PATHS)


def _posts(path: str, environ: "WSGIEnvironment") -> bool:
    return environ.get("PATH_INFO") == path and environ["REQUEST_METHOD"] == "POST"


@lru_cache(1024)
def _site_of(address: str) -> str:
    """Return the address; in IPv6 its network, of whose addresses one visitor has all."""
    try:
        if ip_address(address).version == 4:
            return address
        return str(ip_network(f"{address.partition('%')[0]}/{_IPV6_SITE_BITS}", strict=False))
    except ValueError:
        return f"{address:.64}"
