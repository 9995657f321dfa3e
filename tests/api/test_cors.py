from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from support.keys import add_key
from werkzeug.test import TestResponse

from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store

ADA = "/v1/recommend?user_id=ada"
SHOP, OTHER = "https://shop.example", "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
OTHERS = [OTHER, "null", "https://shop.example.evil.example", "http://shop.example", SHOP + ":444", "*"]


@pytest.fixture
def shared(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    """A client of an application that the pages of a shop may ask."""
    return client_of(registry.directory, cors_origins=(SHOP,))


def allowed(response: TestResponse) -> str | None:
    assert "Access-Control-Allow-Credentials" not in response.headers
    return response.headers.get("Access-Control-Allow-Origin")


def test_pages_of_the_shop_may_read_lists_however_they_are_answered(shared: FlaskClient) -> None:
    answers = [shared.get(ADA, headers={"Origin": SHOP}) for _ in range(4)]
    assert answers[-1].headers["X-Recsvc-Cache"] == "near"
    for answer in answers:
        assert (answer.status_code, allowed(answer), answer.headers["Vary"]) == (200, SHOP, "Origin")
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_one_site_does_not_get_the_headers_of_another(shared: FlaskClient) -> None:
    for origin in (SHOP, OTHER, None, SHOP, OTHER, SHOP):
        answer = shared.get(ADA, headers={"Origin": origin} if origin else {})
        assert allowed(answer) == (SHOP if origin == SHOP else None)
        assert answer.headers.getlist("Vary") == ["Origin"]


@pytest.mark.parametrize("origin", OTHERS)
def test_pages_of_others_may_not(shared: FlaskClient, origin: str) -> None:
    assert allowed(shared.get(ADA, headers={"Origin": origin})) is None
    assert allowed(shared.options(ADA, headers={"Origin": origin, **PREFLIGHT})) is None


def test_errors_can_be_read_too(shared: FlaskClient) -> None:
    answer = shared.get("/v1/recommend?n=0", headers={"Origin": SHOP})
    assert (answer.status_code, allowed(answer)) == (422, SHOP)


def test_a_preflight_needs_no_key_and_its_request_does(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.READ)
    client = client_of(registry.directory, cors_origins=(SHOP,))
    for path in (ADA, "/v1/events"):
        answer = client.options(path, headers={"Origin": SHOP, **PREFLIGHT})
        assert (answer.status_code, allowed(answer), answer.data) == (204, SHOP, b"")
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    without = client.get(ADA, headers={"Origin": SHOP})
    assert (without.status_code, allowed(without)) == (401, SHOP)
    assert client.get(ADA, headers={"Origin": SHOP, "X-API-Key": str(token)}).status_code == 200


def test_without_the_setting_nobody_may(client: FlaskClient) -> None:
    assert allowed(client.get(ADA, headers={"Origin": SHOP})) is None
    assert "Vary" not in client.get(ADA).headers
