"""Signing in with a key, and out again."""

from urllib.parse import urlencode

from flask import Blueprint, Response, g, render_template, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from recsvc.clock import now_us
from recsvc.store.audit import AuditEntry
from recsvc.web.entry.abilities import Visitor, visitor_with
from recsvc.web.entry.guard import CONSOLE, SIGN_IN, SIGN_IN_PLACES, safe_next
from recsvc.web.entry.session import COOKIE, COOKIE_PATH, SESSION_SECONDS
from recsvc.web.page import rooted, see_other
from recsvc.web.site import Site

ATTEMPTS_A_MINUTE, ATTEMPTS_OF_ALL = 10, 100
"""Failed and good ones together; of one address, and of all, in each worker."""

MAX_KEY_LENGTH = 200
SIGNED_OUT = "signed-out"
_, PROVIDER, _ = SIGN_IN_PLACES


class Attempts:
    """Counts who tries to sign in: a key cannot be guessed, but nobody is to try in earnest."""

    def __init__(self, of_an_address: int = ATTEMPTS_A_MINUTE, of_all: int = ATTEMPTS_OF_ALL) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._each = RateLimitItemPerMinute(of_an_address)
        self._all = RateLimitItemPerMinute(of_all)

    def admit(self, address: str) -> bool:
        """Count an attempt; return whether it is not one too many."""
        return self._limiter.hit(self._each, address) and self._limiter.hit(self._all, "all")


def blueprint(site: Site) -> Blueprint:
    """Return the pages by which somebody comes in and goes out."""
    pages, attempts = Blueprint("sign_in", __name__), Attempts()

    @pages.get(SIGN_IN)
    def form() -> Response | str:
        wanted = safe_next(request.args.get("next", ""))
        if g.visitor is not None:
            return see_other(wanted)
        return _form(site, wanted)

    @pages.post(SIGN_IN)
    def enter() -> Response:
        wanted = safe_next(request.form.get("next", ""))
        if not attempts.admit(request.remote_addr or ""):
            refused = again(
                site, wanted, "Too many attempts. Wait a minute, then try again.", 429, is_of_key=True
            )
            refused.headers["Retry-After"] = "60"
            return refused
        who = _who(site, request.form.get("key", "").strip())
        if isinstance(who, str):
            return again(site, wanted, who, 403, is_of_key=True)
        site.service.store.audit.add(AuditEntry(now_us(), who.key_id, who.name, "signed-in", "console"))
        response = see_other(wanted)
        response.set_cookie(
            COOKIE,
            site.sessions.begin(who.key_id or ""),
            max_age=SESSION_SECONDS,
            path=rooted(COOKIE_PATH),
            secure=is_encrypted(),
            httponly=True,
            samesite="Strict",
        )
        return response

    @pages.post(f"{CONSOLE}/sign-out")
    def leave() -> Response:
        came_by_provider = g.session is not None and g.session.person is not None
        left = f"{SIGN_IN}?{SIGNED_OUT}" if came_by_provider else SIGN_IN
        response = see_other(left if not site.is_open else CONSOLE)
        response.delete_cookie(
            COOKIE, path=rooted(COOKIE_PATH), secure=is_encrypted(), httponly=True, samesite="Strict"
        )
        return response

    return pages


def _who(site: Site, text: str) -> Visitor | str:
    """Return whose key ``text`` is, or why nobody is let in with it."""
    key = site.keys.find(text) if len(text) <= MAX_KEY_LENGTH else None
    if key is None:
        return "That key is not valid: it is mistyped, was revoked or has expired."
    who = visitor_with(key)
    if who is None:
        return "That key is for programs. The console needs one with the scope admin, merchandise or support."
    origin = request.headers.get("Origin")
    if key.origins and origin not in key.origins:
        return "That key is bound to the pages of certain web sites, and this is none of them."
    return who


def again(site: Site, wanted: str, problem: str, status: int, **shown: bool) -> Response:
    """Return the form once more, with what was wrong and what else is ``shown``."""
    return Response(_form(site, wanted, problem, **shown), status)


def _form(site: Site, wanted: str, problem: str | None = None, **shown: bool) -> str:
    label, query = site.provider_label, "" if wanted == CONSOLE else f"?{urlencode({'next': wanted})}"
    return render_template(
        "sign_in.html",
        wanted=wanted,
        problem=problem,
        label=label,
        begin=f"{site.settings.public_url}{PROVIDER}{query}" if label else None,
        farewell=next((one for tell in site.farewells if (one := tell())), None),
        has_left=SIGNED_OUT in request.args and problem is None,
        **shown,
    )


def is_encrypted() -> bool:
    """Return whether the browser came by HTTPS, to this service or to a proxy in front of it."""
    return request.is_secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
