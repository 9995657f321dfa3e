"""Who may open a page: each request is checked before anything else is done with it."""

from urllib.parse import urlencode, urlsplit

from flask import Flask, Request, Response, abort, g, render_template, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from recsvc.web.entry.abilities import ANYBODY, Ability, Visitor, visitor_of, visitor_with
from recsvc.web.entry.session import COOKIE, Session
from recsvc.web.page import see_other
from recsvc.web.site import Site

CONSOLE = "/console"
SIGN_IN = f"{CONSOLE}/sign-in"
SIGN_IN_PLACES = (SIGN_IN, f"{SIGN_IN}/provider", f"{SIGN_IN}/back")
"""Where somebody who is not signed in may be; the last two lead to an OpenID provider and back."""

STATIC = f"{CONSOLE}/static/"
UPLOADS = frozenset({f"{CONSOLE}/data/look"})
"""Where files are sent to, which are read for those alone who may send them."""

_RULES = f"{CONSOLE}/placements/"
"""Forms below it may name thousands of items."""

MAX_NEXT_LENGTH = 1024


_FORM_BYTES = 64 * 2**10
"""So much may the other fields of a form take, and what stands between them."""


def is_console(path: str) -> bool:
    """Return whether ``path`` belongs to the console."""
    return path == CONSOLE or path.startswith(f"{CONSOLE}/")


def init_app(app: Flask, site: Site) -> None:
    """Let nobody come to a page of the console who may not."""

    @app.before_request
    def _check() -> Response | None:
        if not is_console(request.path):
            return None
        try:
            return _refusal(site)
        except HTTPException as error:
            return page_of(error)


def _refusal(site: Site) -> Response | None:
    """Return what is answered instead of the page; None where the page may be made."""
    g.visitor, g.session = None, None
    if request.path.startswith(STATIC) and request.method in ("GET", "HEAD"):
        return None
    g.session = None if site.is_open else site.sessions.read(request.cookies.get(COOKIE))
    g.visitor = _visitor(site, g.session)
    if request.method not in ("GET", "HEAD"):
        if request.path in UPLOADS:
            _expect_upload(site)
        elif request.path.startswith(_RULES) and g.visitor is not None:
            settings = site.settings
            request.max_content_length = max(settings.max_request_bytes, settings.max_batch_bytes)
        _check_form(site, g.session)
    if request.path in SIGN_IN_PLACES or g.visitor is not None:
        return None
    return _to_sign_in()


def _visitor(site: Site, session: Session | None) -> Visitor | None:
    if site.is_open:
        return ANYBODY
    if session is not None and session.person is not None:
        return visitor_of(session.person)
    if not site.keys.is_known or site.keys.is_old:
        raise ServiceUnavailable(
            "The store, which says which keys are valid, does not answer. Try again in a moment."
        )
    key = site.keys.find_by_id(session.key_id) if session and session.key_id else None
    return visitor_with(key) if key else None


def _expect_upload(site: Site) -> None:
    """Let a file be read with the form that comes, or refuse it unread."""
    if g.visitor is None or not g.visitor.may(Ability.SEE_DATA):
        abort(403, f"Your key does not allow you to {Ability.SEE_DATA}, or you are not signed in any more.")
    most = site.settings.max_look_bytes
    size = f"{most / 2**20:,.0f} MB" if most >= 2**20 else f"{most / 2**10:,.0f} KB"
    if (request.content_length or 0) > most + _FORM_BYTES:
        abort(
            413,
            f"The file is larger than {size}, which is as much as is looked at here. Send a part of it, "
            "such as one month, or look at it where the training job runs: recsvc-train look --orders FILE.",
        )
    request.max_content_length = most + _FORM_BYTES


def _check_form(site: Site, session: Session | None) -> None:
    """Refuse a form that another site's page sent, or that was made for somebody else."""
    if not is_from_here(request):
        abort(403, "This form was sent from a page of another site. Open the page here and send it again.")
    if not site.sessions.is_token_of(session, request.form.get("token", "")):
        abort(
            403,
            "This form is too old: you signed in again since it was opened. Go back, reload it and send it again.",
        )


def is_from_here(asked: Request) -> bool:
    """Return whether a browser says that a page of this very origin sent the request.

    Sec-Fetch-Site is the browser's own word, behind a proxy that changes the host, too. What sends neither header is no
    browser that another site could make use of.
    """
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = asked.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == asked.host


def _to_sign_in() -> Response:
    if request.method not in ("GET", "HEAD"):
        abort(
            403,
            "You are not signed in any more: the key was revoked, or the time for it is over. Sign in again.",
        )
    wanted = request.full_path.rstrip("?") if request.query_string else request.path
    address = SIGN_IN if wanted == CONSOLE or len(wanted) > MAX_NEXT_LENGTH else f"{SIGN_IN}?{_next(wanted)}"
    return see_other(address)


def _next(wanted: str) -> str:
    return urlencode({"next": wanted})


def safe_next(wanted: str) -> str:
    """Return ``wanted`` where it is a page of the console, else the first page: nobody is led to another site."""
    is_ours = is_console(urlsplit(wanted).path) and wanted.startswith(CONSOLE)
    is_plain = len(wanted) <= MAX_NEXT_LENGTH and "\\" not in wanted and wanted.isprintable()
    return wanted if is_ours and is_plain and not wanted.startswith(SIGN_IN) else CONSOLE


TITLES = {
    400: "That could not be read",
    403: "Not for you",
    408: "That took too long",
    404: "There is no such page",
    409: "That contradicts what is stored",
    413: "That is too much at once",
    422: "That cannot be done",
    429: "Too often",
    503: "Not available just now",
}


def page_of(error: HTTPException) -> Response:
    """Return an error as a page."""
    status = error.code or 500
    title = TITLES.get(status, "That went wrong")
    body = render_template("error.html", title=title, detail=error.description, status=status)
    response = Response(body, status)
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response
