"""The pages of the demo shop, and who may open them."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from flask import Blueprint, Response, abort, request

from recsvc.errors import StoreError
from recsvc.web.demo import cart, choice, home, item, picture, seen, thanks
from recsvc.web.demo.shop import DemoShop
from recsvc.web.demo.visit import NOBODY
from recsvc.web.entry.guard import is_from_here
from recsvc.web.headers import POLICY
from recsvc.web.site import Site

NAME = "demo"

PAGES: Sequence[Callable[[Blueprint, DemoShop], None]] = (
    home.add,
    choice.add,
    item.add,
    cart.add,
    thanks.add,
    picture.add,
    seen.add,
)
"""One line a page."""


def blueprint(site: Site) -> Blueprint:
    """Return the demo shop."""
    pages, shop = Blueprint(NAME, __name__), DemoShop(site)

    @pages.before_request
    def check() -> None:
        if shop.is_closed:
            abort(
                403,
                "The demo shop is closed: in it, anybody is any shopper, and this service has keys, so it has shoppers "
                "to protect. RECSVC_DEMO=public opens it all the same.",
            )
        if request.method == "POST" and not is_from_here(request):
            abort(
                403, "This form was sent from a page of another site. Open the page here and send it again."
            )

    @pages.after_request
    def let_tell(response: Response) -> Response:
        # The script of the pages tells what was in view.
        response.headers["Content-Security-Policy"] = f"{POLICY}; connect-src 'self'"
        return response

    @pages.context_processor
    def shared() -> dict[str, object]:
        visit = NOBODY
        with suppress(StoreError):  # the page says so where it needs the store
            visit = shop.visit
        return {
            "visit": visit,
            "currency": site.settings.currency,
            "lang": site.settings.explanation_language.tag,
            "frame": "demo/base.html",
        }

    for add in PAGES:
        add(pages, shop)

    @pages.route("/demo/<path:_rest>", methods=["GET", "POST"])
    def nothing(_rest: str) -> Response:
        abort(404, "The address leads nowhere in the demo shop.")

    return pages
