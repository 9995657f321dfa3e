"""``/``: to the console, or, where keys or a demo shop are, to a short page that says what this is."""

from flask import Blueprint, Response, abort, render_template, request

from recsvc.web.entry.guard import CONSOLE
from recsvc.web.page import see_other
from recsvc.web.site import Site


def blueprint(site: Site) -> Blueprint:
    """Return the page that is found first."""
    pages = Blueprint("welcome", __name__)

    @pages.get("/")
    def welcome() -> Response | str:
        if request.environ["PATH_INFO"] != "/":  # Flask takes any number of slashes for one
            abort(404)
        has_demo = site.settings.demo != "off"
        if site.is_open and not has_demo:
            return see_other(CONSOLE)
        return render_template("welcome.html", has_demo=has_demo)

    return pages
