"""Which requests for a link are a program's that looks at links, and no click of a person.

Scanners of mail gateways open links at delivery, previews when a mail is shown, browsers ahead of a click. Many say so:
they ask with HEAD, send one of these headers, or name themselves. Those that pass for a browser are known by opening
several links of one mail at once, which the store sees (``recsvc/store/mailed_lists.py``).
"""

import re
from collections.abc import Mapping

_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_AHEAD_WORDS = ("prefetch", "prerender", "preview")
_NAMES = re.compile(
    r"bot\b|bot[/;_ -]|crawl|spider|slurp|preview|scanner|link.?check|linkvalidator|headless|"
    r"facebookexternalhit|whatsapp|slack-imgproxy|googleimageproxy|google-safety|appengine-google|"
    r"safelinks|barracuda|proofpoint|mimecast|messagelabs|symantec|trendmicro|fortinet|cloudmark|"
    r"virustotal|urlscan|ms-office|msoffice|curl/|wget/|python-requests|python-urllib|aiohttp|httpx/|"
    r"go-http-client|okhttp|java/|libwww-perl|node-fetch|axios/",
    re.IGNORECASE,
)
_PHONES = re.compile(r"\bcubot|\b(?:m|b|id)[ _-]?bot(?=[ _-]?(?:tab|\d))", re.IGNORECASE)
"""Telephones of people, whose makers call them bots: Cubot and Logicom."""


def is_machine(environ: Mapping[str, object]) -> bool:
    """Return whether a request (its WSGI environment) says that no person sent it."""
    if environ.get("REQUEST_METHOD") != "GET":
        return True
    ahead = (str(environ.get(name, "")).lower() for name in _AHEAD)
    if any(word in said for said in ahead for word in _AHEAD_WORDS):
        return True
    agent = str(environ.get("HTTP_USER_AGENT", ""))
    return not agent or _NAMES.search(_PHONES.sub("", agent)) is not None
