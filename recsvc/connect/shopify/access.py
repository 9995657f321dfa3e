"""What admits a program to the interface of a Shopify shop: a token, which newer apps ask for each day."""

from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase

from recsvc.connect.json_fields import text
from recsvc.connect.rest_client import RefusedRequestError, RestClient
from recsvc.errors import PlatformError

GRANT_PATH = "/admin/oauth/access_token"
_WHERE = "the app's settings in Shopify's Dev Dashboard show RECSVC_SHOPIFY_CLIENT_ID and RECSVC_SHOPIFY_CLIENT_SECRET"


@dataclass(frozen=True)
class AccessToken:
    """A token of the Admin API; its text does not show it.

    Attributes:
        token: ``shpat_…``; empty: none is sent.
    """

    token: str = field(repr=False)

    def auth(self) -> AuthBase:
        """Return what writes it into the headers of a request."""
        return _TokenHeader(self.token)

    def as_query(self) -> dict[str, str]:
        """Return nothing: it must not stand in an address."""
        return {}


NO_TOKEN = AccessToken("")


@dataclass(frozen=True)
class AppCredentials:
    """The credentials of an app, which are exchanged for a token that holds for a day; the text shows no secret.

    Attributes:
        client_id: names the app.
        client_secret: shows that it is the one.
    """

    client_id: str
    client_secret: str = field(repr=False)

    def token(self, client: RestClient) -> AccessToken:
        """Return a new token of the shop that ``client`` asks (OAuth 2.0, client credentials grant).

        Raises PlatformError where the shop refuses it.
        """
        body = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        try:
            answer = client.send("POST", GRANT_PATH, body)
        except RefusedRequestError as error:
            remedy = f"is the app installed in this shop, and of its organisation? {_WHERE}"
            raise PlatformError(f"{error}: {remedy}") from None
        token = text(answer.value.get("access_token")) if isinstance(answer.value, dict) else None
        if token is None:
            raise PlatformError(f"{GRANT_PATH} answers without an access_token: {_WHERE}")
        return AccessToken(token)


class _TokenHeader(AuthBase):
    """Sends a token, and nothing that a .netrc of the machine says."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["X-Shopify-Access-Token"] = self._token
        return request
