"""The addresses of all pages for people, as the application itself names them."""

from collections.abc import Mapping, Sequence

from flask import Flask

NO_PAGES = ("/console/static/<name>", "/console/picture/<path:item_id>.svg", "/demo/picture/<path:item_id>.svg",
            "/console/placements/new")  # fmt: skip
"""What is asked for with GET and is no page of its own: files, pictures, and what leads on to another page."""


def page_addresses(app: Flask, examples: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the address of every page, ``examples`` in the place of a route that they name.

    Raises LookupError for a route with values in its path of which there is no example, and for an example of no route.
    """
    routes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and (rule.rule == "/" or rule.rule.startswith(("/console", "/demo")))
    }
    if unknown := examples.keys() - routes:
        raise LookupError(f"there is no page {', '.join(sorted(unknown))}")
    found: list[str] = []
    for route in sorted(routes - set(NO_PAGES)):
        if route not in examples and "<" in route:
            raise LookupError(f"{route}: give an example of the page, so that it is looked at, too")
        found += examples.get(route, [route])
    return found
