"""``/openapi.json`` and ``/docs/``: the description of the routes, and the page to try them at."""

from collections.abc import Callable
from functools import cache

from flask import Response, request
from flask_openapi3 import OpenAPI

from recsvc.api.webhook_description import add_webhooks

PAGES = "/docs"
_POLICY = (
    # The page is Swagger UI's, which begins with a script and styles in the page itself.
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def init_app(app: OpenAPI, describe: Callable[[], OpenAPI]) -> None:
    """Let ``app`` give the description of the routes that ``describe`` returns.

    It is made at the first request for it, once, however often it is asked for.
    """

    @cache
    def described() -> str:
        return app.json.dumps(add_webhooks(describe().api_doc))

    def give() -> Response:
        return Response(described(), mimetype="application/json")

    app.add_url_rule("/openapi.json", "openapi_json", give)
    app.view_functions["openapi.doc_url"] = give  # the page asks below its own path

    @app.after_request
    def _keep_to_itself(response: Response) -> Response:
        if request.path.startswith(f"{PAGES}/"):
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response
