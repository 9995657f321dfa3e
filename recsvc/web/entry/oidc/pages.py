"""The way to an OpenID provider and back: somebody comes in whom it knows."""

import hmac
import re
from dataclasses import asdict

import structlog
from authlib.common.security import generate_token
from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recsvc.clock import now_us
from recsvc.store.audit import AuditEntry
from recsvc.web.entry.abilities import visitor_of
from recsvc.web.entry.guard import SIGN_IN_PLACES, safe_next
from recsvc.web.entry.oidc.provider import Flow, Provider, ProviderAwayError, ProviderFaultError
from recsvc.web.entry.person import Person, RefusedPersonError, person_of
from recsvc.web.entry.session import COOKIE, COOKIE_PATH
from recsvc.web.entry.sign_in import Attempts, again, is_encrypted
from recsvc.web.page import rooted
from recsvc.web.site import Site

_, START, BACK = SIGN_IN_PLACES
FLOW_COOKIE, FLOW_SECONDS, _FLOW = "recsvc_oidc", 600, " flow"
OF_AN_ADDRESS, OF_ALL = 30, 300
"""Ways begun and ended in a minute: an office may come by one address."""

MAX_CODE_LENGTH = 4096
_ERROR = re.compile(r"[a-z_]{1,40}")
_AGAIN = "This sign-in was begun too long ago, in another browser, or is over. Begin again."

_log = structlog.get_logger(__name__)


class _NotNowError(Exception):
    """Nobody comes in by this request.

    Attributes:
        status: of the answer.
    """

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.status = status


def blueprint(site: Site, provider: Provider | None = None) -> Blueprint:
    """Return the two addresses between which somebody is at the provider."""
    pages = Blueprint("oidc", __name__)
    attempts = Attempts(OF_AN_ADDRESS, OF_ALL)
    there = provider or Provider(site.settings, f"{site.settings.public_url}{BACK}")
    site.farewells.append(there.farewell)

    def admit() -> None:
        if not attempts.admit(request.remote_addr or ""):
            raise _NotNowError("Too many attempts. Wait a minute, then try again.", 429)

    @pages.get(START)
    def start() -> AnyResponse:
        admit()
        flow = Flow(
            generate_token(48),
            generate_token(48),
            generate_token(48),
            safe_next(request.args.get("next", "")),
        )
        response = redirect(there.address_for(flow), 303)
        response.set_cookie(
            FLOW_COOKIE, site.sessions.sign(_FLOW, asdict(flow)), max_age=FLOW_SECONDS, path=rooted(BACK),
            secure=is_encrypted(), httponly=True, samesite="Lax",  # the way back begins at another site
        )  # fmt: skip
        return response

    @pages.get(BACK)
    def back() -> Response:
        admit()
        flow = _flow_of(site)
        person = _named_by(there, site, flow)
        who = visitor_of(person)
        site.service.store.audit.add(AuditEntry(now_us(), who.key_id, who.signature, "signed-in", "console"))
        # A browser that comes from another site would not send the cookie on with a redirect, but does from a page.
        response = Response(render_template("signed_in.html", wanted=flow.wanted, name=person.name))
        response.set_cookie(
            COOKIE, site.sessions.begin_of(person), max_age=site.sessions.person_seconds, path=rooted(COOKIE_PATH),
            secure=is_encrypted(), httponly=True, samesite="Strict",
        )  # fmt: skip
        return _done(response)

    @pages.errorhandler(_NotNowError)
    def _not_now(error: _NotNowError) -> Response:
        return _done(_refusal(site, str(error), error.status))

    @pages.errorhandler(RefusedPersonError)
    def _nobody(error: RefusedPersonError) -> Response:
        _log.warning("oidc_person_refused", reason=str(error))
        return _done(_refusal(site, str(error), 403, may_be_another=True))

    @pages.errorhandler(ProviderAwayError)
    def _away(error: ProviderAwayError) -> Response:
        _log.warning("oidc_provider_away", reason=str(error))
        problem = f"{site.provider_label} does not answer. Try again in a moment, or sign in with a key."
        return _done(_refusal(site, problem, 503))

    @pages.errorhandler(ProviderFaultError)
    def _fault(error: ProviderFaultError) -> Response:
        _log.error("oidc_refused", reason=str(error))
        problem = (
            f"What {site.provider_label} said cannot be trusted, so nobody was signed in. "
            "The log of the service says why."
        )
        return _done(_refusal(site, problem, 502))

    return pages


def _flow_of(site: Site) -> Flow:
    """Return what the browser that comes back began; raises _NotNowError where it began nothing of this kind."""
    kept = site.sessions.unsign(_FLOW, request.cookies.get(FLOW_COOKIE), FLOW_SECONDS)
    flow = Flow(**kept) if isinstance(kept, dict) else None
    if flow is None or not hmac.compare_digest(flow.state.encode(), request.args.get("state", "").encode()):
        raise _NotNowError(_AGAIN, 403)
    g.wanted = flow.wanted
    return flow


def _named_by(provider: Provider, site: Site, flow: Flow) -> Person:
    """Return the person that the provider stands for with the code that the browser brings."""
    error, code = request.args.get("error"), request.args.get("code", "")
    if error is not None:
        known = error if _ERROR.fullmatch(error) else "no reason that could be read"
        raise _NotNowError(f"{site.provider_label} did not sign you in: {known}.", 403)
    if request.args.get("iss", site.settings.oidc_issuer) != site.settings.oidc_issuer:  # RFC 9207
        raise ProviderFaultError("the browser came back from another issuer")
    if not 0 < len(code) <= MAX_CODE_LENGTH:
        raise _NotNowError(_AGAIN, 403)
    return person_of(provider.claims_of(code, flow), site.settings)


def _refusal(site: Site, problem: str, status: int, **shown: bool) -> Response:
    wanted = g.get("wanted") or safe_next(request.args.get("next", ""))
    response = again(site, wanted, problem, status, **shown)
    if status in (429, 503):
        response.headers["Retry-After"] = "60" if status == 429 else "2"
    return response


def _done(response: Response) -> Response:
    """Return ``response`` with which a browser forgets the way that it went; a code counts once."""
    if request.path == BACK:
        response.delete_cookie(
            FLOW_COOKIE, path=rooted(BACK), secure=is_encrypted(), httponly=True, samesite="Lax"
        )
    response.headers["Referrer-Policy"] = "no-referrer"  # the address holds the code
    return response
