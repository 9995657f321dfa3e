"""The pages of the console, in the order of the navigation, and how they are put into the application."""

from collections.abc import Sequence
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from typing import cast

import structlog
from flask import Blueprint, Flask, Response, abort, g, request
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable, UnprocessableEntity

from recsvc.errors import (
    ConflictError,
    ExperimentError,
    ModelError,
    NoModelError,
    OverloadedError,
    QueryError,
    RulesError,
    StoreError,
    UnknownItemError,
)
from recsvc.web import welcome
from recsvc.web.console import (
    changes,
    data,
    experiments,
    home,
    items,
    performance,
    pictures,
    placements,
    shoppers,
    versions,
)
from recsvc.web.demo import pages as demo_pages
from recsvc.web.demo.simulated import simulated_until
from recsvc.web.entry import guard, sign_in
from recsvc.web.entry.abilities import Ability
from recsvc.web.headers import secure
from recsvc.web.page import Page, Routes, root, rooted
from recsvc.web.site import Site
from recsvc.web.words import FILTERS

PAGES: Sequence[Page] = (
    home.PAGE,
    shoppers.PAGE,
    items.PAGE,
    placements.PAGE,
    performance.PAGE,
    experiments.PAGE,
    versions.PAGE,
    data.PAGE,
    changes.PAGE,
    pictures.PAGE,
)
"""One line a page; without a title, the navigation does not lead to it."""

STATIC_SECONDS = 3600

_log = structlog.get_logger(__name__)


def init_app(app: Flask, site: Site) -> None:
    """Add the pages for people to ``app``."""
    guard.init_app(app, site)
    app.jinja_env.filters.update(FILTERS, rooted=rooted)
    app.jinja_env.globals["root"] = root
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(welcome.blueprint(site))
    demo = [demo_pages.blueprint(site)] if site.settings.demo != "off" else []
    for pages in (_frame(site), sign_in.blueprint(site), *_provider(site), *_rooms(site), *demo):
        _be_pages(pages)
        app.register_blueprint(pages)

    @app.after_request
    def _secure(response: Response) -> Response:
        is_page = (
            guard.is_console(request.path) or request.path == "/" or request.blueprint == demo_pages.NAME
        )
        return secure(response) if is_page else response  # type: ignore[return-value]


def _frame(site: Site) -> Blueprint:
    """Return what all pages share: templates, static files, and an answer to addresses that lead nowhere."""
    frame = Blueprint("web", __name__, template_folder="templates", static_folder=None)

    simulated = simulated_until(site.settings.models_dir)
    files = {path.name: path.read_bytes() for path in (Path(__file__).parent / "static").iterdir()}

    @frame.get(f"{guard.STATIC}<name>")
    def static_file(name: str) -> Response:
        if name not in files:
            abort(404)
        response = Response(files[name], mimetype=guess_type(name)[0])
        response.headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
        response.add_etag()
        return cast("Response", response.make_conditional(request))

    @frame.route(f"{guard.CONSOLE}/<path:_rest>", methods=["GET", "POST"])
    def nothing(_rest: str) -> Response:
        abort(404, "The address leads nowhere. It may be mistyped, or what was there is gone.")

    @frame.app_context_processor
    def _shared() -> dict[str, object]:
        who = g.get("visitor")
        return {
            "visitor": who,
            "ABILITY": Ability,
            "is_open": site.is_open,
            "simulated": simulated,
            "currency": site.settings.currency,
            "here": g.get("page"),
            "navigation": [page for page in PAGES if page.title and who is not None and who.may(page.needs)],
            "form_token": lambda: site.sessions.token_for(g.get("session")),
        }

    return frame


def _provider(site: Site) -> list[Blueprint]:
    """Return the way by an OpenID provider; what it needs is an extra, and is loaded where it is used."""
    if site.settings.oidc_issuer is None:
        return []
    return [import_module("recsvc.web.entry.oidc.pages").blueprint(site)]


def _rooms(site: Site) -> list[Blueprint]:
    rooms = []
    for page in PAGES:
        routes = Routes(page, site)
        page.add(routes)
        rooms.append(routes.blueprint)
    return rooms


def _be_pages(pages: Blueprint) -> None:
    """Let each error of a page be a page."""

    @pages.errorhandler(StoreError)
    def _store(_error: StoreError) -> Response:
        # The store has logged the reason, which may name hosts and paths.
        return guard.page_of(
            ServiceUnavailable("The store does not answer, so nothing was changed. Try again in a moment.")
        )

    @pages.errorhandler(NoModelError)
    def _no_model(_error: NoModelError) -> Response:
        return guard.page_of(
            ServiceUnavailable(
                "There is no model yet. Train one with `recsvc-train run`, and this page fills."
            )
        )

    @pages.errorhandler(OverloadedError)
    def _busy(_error: OverloadedError) -> Response:
        return guard.page_of(ServiceUnavailable("The service is busy with shoppers. Try again in a moment."))

    @pages.errorhandler(QueryError)
    @pages.errorhandler(RulesError)
    @pages.errorhandler(ModelError)
    @pages.errorhandler(ConflictError)
    @pages.errorhandler(ExperimentError)
    @pages.errorhandler(UnknownItemError)
    def _refused(error: Exception) -> Response:
        return guard.page_of(UnprocessableEntity(str(error)))

    @pages.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return guard.page_of(error)

    @pages.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        # The traceback names code, not data: locals, which may hold ids, are not logged.
        _log.error("page_failed", error=type(error).__name__, exc_info=error)
        return guard.page_of(
            InternalServerError("The page could not be made; the log of the service says why.")
        )
