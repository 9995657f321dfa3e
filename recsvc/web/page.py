"""A page of the console: where it is, who may see it, and its routes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from flask import Blueprint, Response, abort, g, redirect, request
from flask.typing import ResponseReturnValue

from recsvc.clock import now_us
from recsvc.store.audit import AuditEntry
from recsvc.web.entry.abilities import Ability, Visitor
from recsvc.web.site import Site

View = Callable[..., ResponseReturnValue]


def visitor() -> Visitor:
    """Return who asks; there is nobody who was not let in."""
    found: Visitor = g.visitor
    return found


def require(ability: Ability) -> None:
    """Refuse with a page whoever may not see or do it."""
    if not visitor().may(ability):
        abort(403, f"You may not {ability} with what you signed in with.")


def root() -> str:
    """Return the path below which all pages are: none, or that of one of several shops, such as ``/shops/garden``."""
    return request.script_root


def rooted(address: str) -> str:
    """Return where a browser finds the page at ``address``; what is no path of ours stays as it is."""
    return f"{root()}{address}" if address.startswith("/") and not address.startswith("//") else address


def see_other(address: str) -> Response:
    """Return what leads a browser on after a form was sent, so that reloading the next page sends nothing again."""
    return cast("Response", redirect(rooted(address), 303))


class Routes:
    """The routes of one page, all under its own path; nobody comes past the ability that each needs."""

    def __init__(self, page: "Page", site: Site) -> None:
        self.site = site
        self._page = page
        name = page.path or "home"
        self.blueprint = Blueprint(f"console_{name.replace('/', '_')}", __name__)
        self._base = f"/console/{page.path}".rstrip("/")

    def show(self, rule: str = "", needs: Ability | None = None) -> Callable[[View], View]:
        """Add a page that shows something, to whoever may see this page, or has the ability it ``needs``."""
        return self._adding("GET", rule, needs or self._page.needs)

    def act(self, rule: str, needs: Ability) -> Callable[[View], View]:
        """Add what a form does; whoever sends it ``needs`` an ability, and its token was checked before."""
        return self._adding("POST", rule, needs)

    def note(self, action: str, subject: str, body: dict[str, Any] | None = None) -> int:
        """Write into the audit log who does what now; return the number of the entry. Raises StoreError."""
        who = visitor()
        entry = AuditEntry(now_us(), who.key_id, who.signature or who.name, action, subject[:256], body)
        return self.site.service.store.audit.add(entry)

    def _adding(self, method: str, rule: str, needs: Ability) -> Callable[[View], View]:
        def add(view: View) -> View:
            @wraps(view)
            def guarded(**values: Any) -> ResponseReturnValue:  # noqa: ANN401 - of the path
                require(needs)
                g.page = self._page
                return view(**values)

            endpoint = f"{method.lower()}_{view.__name__.strip('_')}"
            self.blueprint.add_url_rule(
                f"{self._base}{rule}", endpoint, guarded, methods=[method], strict_slashes=False
            )
            return view

        return add


@dataclass(frozen=True)
class Page:
    """One page: a file in ``recsvc/web/console``, a template of the same name, and a line in ``pages.py``.

    Attributes:
        path: below ``/console/``; empty for the first page.
        title: as the navigation calls it; empty for a page that it does not lead to.
        needs: what somebody must be able to do to see it.
        add: adds its routes.
    """

    path: str
    title: str
    needs: Ability
    add: Callable[[Routes], None] = field(repr=False)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"/console/{self.path}".rstrip("/")
