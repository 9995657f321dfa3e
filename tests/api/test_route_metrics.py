import re

from flask.testing import FlaskClient

ADA = "/v1/recommend?user_id=ada"


def counted(client: FlaskClient) -> dict[tuple[str, str, str], int]:
    """Return how many requests ``/metrics`` says that there were, by route, method and status."""
    page = client.get("/metrics").text
    found = re.findall(
        r'^recsvc_route_seconds_count\{method="(.*?)",route="(.*?)",status="(.*?)"\} ([0-9]+)', page, re.M
    )
    return {(route, method, status): int(number) for method, route, status, number in found}


def test_every_route_is_counted_by_its_template(client: FlaskClient) -> None:
    before = counted(client)
    client.get("/v1/items/jam/of/ada")
    client.get("/v1/items/jam")
    client.post("/v1/recommend/page", json={"placements": [{"name": "a"}]})
    client.post("/v1/recommend/page", json={})
    client.get("/no/such/path")
    client.open("/health/live", method="BREW")
    client.get(ADA)  # counted by placement and cache
    after = counted(client)
    assert {name: n - before.get(name, 0) for name, n in after.items() if n != before.get(name)} == {
        ("/metrics", "GET", "200"): 1,
        ("/v1/items/{item_id}", "GET", "404"): 2,
        ("/v1/recommend/page", "POST", "200"): 1,
        ("/v1/recommend/page", "POST", "422"): 1,
        ("none", "GET", "404"): 1,
        ("none", "other", "405"): 1,
    }


def test_the_route_of_a_list_is_not_counted_twice(client: FlaskClient) -> None:
    for path in (ADA, ADA, "/v1/recommend?n=x"):
        client.get(path)
    assert not [name for name in counted(client) if name[0] == "/v1/recommend"]
