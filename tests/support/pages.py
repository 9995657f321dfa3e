"""A browser without a screen: signs in, reads pages and sends their forms."""

from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SIGN_IN = "/console/sign-in"


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("name") == "token":
            self.tokens.append(values["value"] or "")


def token_in(page: TestResponse) -> str:
    """Return the token that the forms of a page send along."""
    fields = _Fields()
    fields.feed(page.text)
    return fields.tokens[0]


def sign_in(client: FlaskClient, key: object, **fields: str) -> TestResponse:
    """Send the form of the sign-in page."""
    token = token_in(client.get(SIGN_IN))
    return client.post(SIGN_IN, data={"token": token, "key": str(key), **fields})


def send(client: FlaskClient, address: str, opened: str = "/console", **fields: object) -> TestResponse:
    """Send a form to ``address``, with the token of a page that was ``opened`` before."""
    return client.post(address, data={"token": token_in(client.get(opened)), **fields})
