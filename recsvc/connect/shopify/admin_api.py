"""Shopify's GraphQL Admin API: one question after the other, at the pace that the shop allows."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from recsvc.connect.json_fields import Json, number, part, parts
from recsvc.connect.rest_client import PATIENT, RefusedRequestError, RestClient
from recsvc.connect.shopify.access import AccessToken
from recsvc.errors import PlatformAwayError, PlatformError

VERSION = "2026-10"
"""Of the interface; Shopify keeps a version for a year and answers later ones in place of it then."""

PATH = f"/admin/api/{VERSION}/graphql.json"
RETRY = PATIENT.new(allowed_methods=("GET", "POST"))
"""Each question may be asked twice: one that starts an operation would start a second, which nobody reads."""

_TRIES = 30
_MOST_SECONDS = 60.0
_SLOWEST_RESTORE = 1.0


class AdminApi:
    """The interface of one shop; every method raises PlatformError.

    Args:
        client: asks the shop; with ``RETRY``.
        renew: returns a new token, where the one in use can end.
        sleep: waits so many seconds.

    Attributes:
        answered_version: of the interface that answered last.
        sleep: as above.
    """

    def __init__(
        self,
        client: RestClient,
        renew: Callable[[], AccessToken] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._renew, self.sleep = client, renew, sleep
        self.answered_version = VERSION

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Json:
        """Return the ``data`` of the answer; waits where the shop asks for patience.

        Raises PlatformAwayError where asking again later may help.
        """
        for _ in range(_TRIES):
            document = self._send({"query": query, "variables": dict(variables or {})})
            errors = document.get("errors")
            if not errors:
                data = document.get("data")
                if not isinstance(data, Mapping):
                    raise PlatformError("the Admin API answers neither data nor errors")
                return data
            if not _is_throttled(document):
                raise PlatformError(f"the Admin API answers: {_told(document)}")
            self.sleep(_wait_seconds(document))
        raise PlatformAwayError(
            "the Admin API is throttled all the time: another app of this shop may use it up"
        )

    def _send(self, body: Json) -> Json:
        try:
            answer = self._client.send("POST", PATH, body)
        except RefusedRequestError as error:
            if error.status != 401 or self._renew is None:
                raise PlatformError(f"{error}: {_remedy(error)}") from None
            self._client.use(self._renew())
            answer = self._client.send("POST", PATH, body)
        self.answered_version = answer.headers.get("X-Shopify-API-Version") or VERSION
        if not isinstance(answer.value, Mapping):
            raise PlatformError("the Admin API answers no JSON object")
        return answer.value


def _is_throttled(document: Json) -> bool:
    return any(part(one, "extensions").get("code") == "THROTTLED" for one in parts(document, "errors"))


def _wait_seconds(document: Json) -> float:
    """Return how long it takes until there are enough points for the question."""
    cost = part(document, "extensions", "cost")
    status = part(cost, "throttleStatus")
    missing = (number(cost.get("requestedQueryCost")) or 0.0) - (
        number(status.get("currentlyAvailable")) or 0.0
    )
    restored = max(_SLOWEST_RESTORE, number(status.get("restoreRate")) or 0.0)
    return min(_MOST_SECONDS, max(1.0, missing / restored))


def _told(document: Json) -> str:
    errors = document.get("errors")
    if isinstance(errors, str):
        return f"{errors:.300}"
    return "; ".join(f"{one.get('message')!s:.300}" for one in parts(document, "errors")[:3])


def _remedy(error: RefusedRequestError) -> str:
    if error.status in (401, 403):
        return "the token is wrong or was revoked, the app is not installed any more, or it lacks the scopes"
    if error.status == 404:
        return "RECSVC_SHOPIFY_SHOP must be the shop's own name.myshopify.com, not a domain of its site"
    if error.status == 402:
        return "the shop is frozen"
    return "see what the shop says above"
