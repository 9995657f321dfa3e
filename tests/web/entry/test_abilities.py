"""The one table of who may see and do what, held against every address that there is."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from support.keys import new_key
from support.pages import token_in

from recsvc.store.api_keys import Scope
from recsvc.web.entry.abilities import ABILITIES, ANYBODY, Ability, visitor_with

ADMIN, MERCHANDISE, SUPPORT = {Scope.ADMIN}, {Scope.ADMIN, Scope.MERCHANDISE}, {Scope.ADMIN, Scope.SUPPORT}
ALL = {Scope.ADMIN, Scope.MERCHANDISE, Scope.SUPPORT}
WHO = {
    "GET /console": ALL,
    "GET /console/shoppers": SUPPORT,
    "GET /console/shoppers/events": SUPPORT,
    "GET /console/shoppers/why": SUPPORT,
    "GET /console/shoppers/merge": SUPPORT,
    "POST /console/shoppers/merge": SUPPORT,
    "POST /console/shoppers/export": SUPPORT,
    "POST /console/shoppers/answered": SUPPORT,
    "GET /console/shoppers/erase": SUPPORT,
    "POST /console/shoppers/erase": SUPPORT,
    "GET /console/shoppers/receipt/1": SUPPORT,
    "GET /console/items": ALL,
    "GET /console/items/item": ALL,
    "POST /console/items/never": MERCHANDISE,
    "POST /console/items/pin": MERCHANDISE,
    "POST /console/items/release": MERCHANDISE,
    "GET /console/picture/x.svg": ALL,
    "GET /console/placements": MERCHANDISE,
    "GET /console/placements/new": MERCHANDISE,
    "GET /console/placements/x": MERCHANDISE,
    "POST /console/placements/x/preview": MERCHANDISE,
    "POST /console/placements/x/save": MERCHANDISE,
    "POST /console/placements/x/take-back": MERCHANDISE,
    "POST /console/placements/x/undo": MERCHANDISE,
    "GET /console/performance": MERCHANDISE,
    "GET /console/experiments": MERCHANDISE,
    "GET /console/experiments/new": MERCHANDISE,
    "POST /console/experiments/new": MERCHANDISE,
    "GET /console/experiments/x": MERCHANDISE,
    "GET /console/experiments/x/stop": MERCHANDISE,
    "POST /console/experiments/x/stop": MERCHANDISE,
    "GET /console/versions": MERCHANDISE,
    "GET /console/versions/compare": MERCHANDISE,
    "GET /console/versions/x": MERCHANDISE,
    "GET /console/versions/x/report": ADMIN,
    "GET /console/versions/x/activate": ADMIN,
    "POST /console/versions/x/activate": ADMIN,
    "POST /console/versions/roll-back": ADMIN,
    "GET /console/data": ADMIN,
    "POST /console/data/look": ADMIN,
    "GET /console/changes": ADMIN,
}
OPEN = {"/console/sign-in", "/console/sign-out", "/console/static/x", "/console/x"}


def addresses(client: FlaskClient) -> set[str]:
    return {
        f"{method} {address}"
        for rule in client.application.url_map.iter_rules()
        if (address := re.sub(r"<int:\w+>", "1", rule.rule)).startswith("/console")
        and (address := re.sub(r"<[^>]+>", "x", address)) not in OPEN
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }


def test_every_address_is_in_the_table(anybody: FlaskClient) -> None:
    assert addresses(anybody) == WHO.keys()


@pytest.mark.parametrize("scope", list(ABILITIES))
def test_each_scope_comes_as_far_as_the_table_says(
    signed_in: Callable[..., FlaskClient], scope: Scope
) -> None:
    client = signed_in(scope)
    token = token_in(client.get("/console"))
    for address, who in WHO.items():
        method, path = address.split()
        answer = client.open(path, method=method, data={"token": token} if method == "POST" else None)
        assert (answer.status_code != 403) == (scope in who), address
        assert answer.status_code != 500, address


def test_the_navigation_leads_to_what_may_be_seen_alone(signed_in: Callable[..., FlaskClient]) -> None:
    for scope in ABILITIES:
        client = signed_in(scope)
        found = re.findall(r'<li><a href="(/console[^"]*)"', client.get("/console").text)
        assert found == [path for path in found if scope in WHO[f"GET {path}"]]
        assert len(found) > 2


def test_several_scopes_add_up_and_others_open_nothing() -> None:
    both = visitor_with(new_key(Scope.SUPPORT, Scope.MERCHANDISE)[1])
    assert both is not None
    assert both.abilities == ABILITIES[Scope.SUPPORT] | ABILITIES[Scope.MERCHANDISE]
    assert visitor_with(new_key(Scope.READ, Scope.EVENTS, Scope.WIDGET)[1]) is None
    assert ANYBODY.abilities == set(Ability)
