"""The names by which requests come to a machine, in the one spelling in which they are compared."""

import re
from ipaddress import ip_address
from unicodedata import normalize

_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_KEPT = re.compile("[ß\u03c2\u200c\u200d]")
"""What names keep since IDNA 2008, as browsers send them; the library still has the ss of IDNA 2003 for ß."""

MAX_LENGTH = 253


def host_name(text: str) -> str | None:
    """Return the host of ``name[:port]`` as it is compared: in lower case, IDNA, without port and last dot.

    None where it is no host; an IPv6 address stands in brackets.
    """
    name = text.strip()
    if name.startswith("["):
        address, bracket, port = name[1:].partition("]")
        return _address(address) if bracket and _is_port(port) else None
    name, colon, port = name.partition(":")
    if not _is_port(colon + port):
        return None
    name = name.removesuffix(".").lower()
    if not name.isascii():
        try:
            name = ".".join(map(_label, re.split("[.\u3002\uff0e\uff61]", name)))
        except UnicodeError:
            return None
    return name if len(name) <= MAX_LENGTH and _LABELS.fullmatch(name) else None


def _label(text: str) -> str:
    """Return one part of a name in ASCII; raises UnicodeError."""
    if _KEPT.search(text):
        return f"xn--{normalize('NFKC', text).encode('punycode').decode()}"
    return text.encode("idna").decode()


def _is_port(text: str) -> bool:
    return not text or (
        text.startswith(":") and (text == ":" or (text[1:].isascii() and text[1:].isdecimal()))
    )


def _address(text: str) -> str | None:
    try:
        return f"[{ip_address(text).compressed}]"
    except ValueError:
        return None
