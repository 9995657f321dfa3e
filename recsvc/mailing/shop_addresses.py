"""Which addresses are the shop's own: a link in a mail leads to no other."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

from recsvc.settings.host_names import host_name

_SCHEMES = {"http": 80, "https": 443}
_REFUSED = re.compile(r"[\\\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]")
"""What programs read in different ways: browsers take a backslash for a slash, and leave tabs out."""

_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "/?%:@!$&'()*+,;=~-._[]"

MAX_ADDED = 2_000
"""Bytes of parameters that are passed on; longer ones are no marks of a mail tool."""


@dataclass(frozen=True)
class ShopAddresses:
    """The addresses of one shop.

    Attributes:
        front: its front page.
        places: host and port of each of its sites.
    """

    front: str
    places: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, front: str, hosts: tuple[str, ...] = ()) -> "ShopAddresses":
        """Return the addresses at the host of ``front`` and at ``hosts``, each with or without a port."""
        parts = urlsplit(front)
        places = {place for place in [_place(parts.netloc, parts.scheme)] if place is not None}
        for host in hosts:
            with_port = _place(host, parts.scheme)
            if with_port is not None:
                places.add(with_port)
        return cls(front, frozenset(places))

    def own(self, link: str | None) -> str | None:
        """Return the address that ``link`` of the catalogue leads to, where that is the shop's own, else None.

        A path leads from the front page. The address is made anew from its parts, in ASCII, so that whoever reads it
        reads what was checked here.
        """
        if not link or _REFUSED.search(link) or link.startswith("//"):
            return None
        try:
            parts = urlsplit(urljoin(self.front, link) if link.startswith("/") else link)
            place = _place(parts.netloc, parts.scheme)
        except ValueError:
            return None
        if place is None or place not in self.places:
            return None
        host, port = place
        netloc = host if port == _SCHEMES[parts.scheme] else f"{host}:{port}"
        path, query = quote(parts.path, safe=_PATH), quote(parts.query, safe=_QUERY)
        return urlunsplit((parts.scheme, netloc, path or "/", query, quote(parts.fragment, safe=_QUERY)))


def with_parameters(address: str, query: bytes) -> str:
    """Return ``address`` with those parameters of ``query`` that it does not have, in ASCII, before its fragment.

    Mail tools mark the links of a mail, as with ``utm_source``: the shop's own figures go by that. What the shop wrote
    into its address stays as it is.
    """
    if not query or len(query) > MAX_ADDED:
        return address
    parts = urlsplit(address)
    known = {_name(one) for one in parts.query.split("&")}
    added = [one for one in quote(query, safe=_QUERY).split("&") if one and _name(one) not in known]
    whole = "&".join([one for one in (parts.query, *added) if one])
    return urlunsplit((*parts[:3], whole, parts.fragment))


def _name(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])


def _place(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Return host and port; None for another scheme than of the web, for a user in the address, and for no host."""
    if scheme not in _SCHEMES or "@" in netloc or "%" in netloc:
        return None
    host = host_name(netloc)
    if host is None:
        return None
    port = netloc.rpartition("]")[2].rpartition(":")[2] if ":" in netloc.rpartition("]")[2] else ""
    number = int(port) if port else _SCHEMES[scheme]
    return (host, number) if 0 < number < 65_536 else None
