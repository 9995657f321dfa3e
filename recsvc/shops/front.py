"""What a deployment of several shops answers for itself: its first page, its health and its metrics."""

import hmac
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import json
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.wrappers import Response

from recsvc.api.admission import names_this_machine
from recsvc.api.schemas import HealthResponse
from recsvc.metrics import Total, page_of_shops
from recsvc.processes.drain import Drain
from recsvc.settings.settings import Settings
from recsvc.shops.served_shop import ServedShop
from recsvc.web.headers import secure

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LIVE, READY, METRICS, FIRST = "/health/live", "/health/ready", "/metrics", "/"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>recsvc</title></head>
<body><h1>recsvc</h1>
{body}
</body></html>
"""


class Front:
    """Answers what names no shop.

    Args:
        settings: of the deployment.
        shops: that it serves.
        totals: what is counted of the deployment, not of a shop.
        metrics_directory: where all workers write their metrics; None: this one is alone.
        drain: says whether the deployment is about to be stopped.
    """

    def __init__(
        self,
        settings: Settings,
        shops: Sequence[ServedShop],
        totals: Sequence[Total],
        metrics_directory: Path | None = None,
        drain: Drain | None = None,
    ) -> None:
        self._drain = drain or Drain(None)
        key = settings.operator_key
        self._key = None if key is None else key.get_secret_value().encode()
        self._is_open = settings.is_open
        self._checks_host = settings.is_open_to_loopback_alone
        self._shops = shops
        self._totals = totals
        self._metrics_directory = metrics_directory

    def answer(self, path: str, sent: str | None, environ: "WSGIEnvironment") -> Response | None:
        """Return the answer to a request that names no shop; None where it is not for the deployment.

        Args:
            path: of the request.
            sent: the key that it came with.
            environ: its WSGI environment.
        """
        if path == LIVE:
            return Response(HealthResponse(status="ok").model_dump_json(), mimetype="application/json")
        if path == READY:
            return self._health(is_told_names=self._may_know(sent, environ))
        if path == METRICS and self._may_know(sent, environ):
            made = [shop.parts.metrics for shop in self._shops if shop.parts is not None]
            page = page_of_shops(made, self._totals, self._metrics_directory)
            return Response(page, content_type=CONTENT_TYPE_LATEST)
        if path == FIRST and environ["REQUEST_METHOD"] in ("GET", "HEAD") and sent is None:
            return self._first_page(is_told_names=self._may_know(sent, environ))
        return None

    def _may_know(self, sent: str | None, environ: "WSGIEnvironment") -> bool:
        """Return whether whoever asks may know which shops there are."""
        if sent is not None:
            return self._key is not None and hmac.compare_digest(sent.encode(), self._key)
        is_here = not self._checks_host or names_this_machine(environ.get("HTTP_HOST", ""))
        return self._is_open and is_here and all(shop.is_open for shop in self._shops)

    def _health(self, *, is_told_names: bool) -> Response:
        """Say how the shops are: 503 where none can be served, as one that cannot keeps no other from it."""
        found = {shop.name: shop.status for shop in self._shops}
        counts = Counter(found.values())
        status = "ok" if counts["ok"] == len(found) else "degraded"
        if counts["unavailable"] == len(found) or self._drain.is_on():
            status = "unavailable"
        told: dict[str, Any] = {"status": status, "shops": dict(counts)}
        if is_told_names:
            told["by_name"] = found
        return Response(
            json.dumps(told), 503 if status == "unavailable" else 200, mimetype="application/json"
        )

    def _first_page(self, *, is_told_names: bool) -> Response:
        body = "<p>Several shops are served here. Open the address of yours.</p>"
        if is_told_names:
            links = "".join(
                f'<li><a href="/shops/{name}/">{name}</a></li>'
                for name in sorted(escape(shop.name) for shop in self._shops)
            )
            body = f"<p>These shops are served here:</p>\n<ul>{links}</ul>"
        return secure(Response(_PAGE.format(body=body), mimetype="text/html"))
