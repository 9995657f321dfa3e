"""``GET /v1/performance``: which days are asked for."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("last", ["0001-01-01", "0001-01-29", "9999-12-31"])
def test_any_last_day_has_thirty_days_before_it(client: FlaskClient, last: str) -> None:
    response = client.get(f"/v1/performance?to={last}")
    assert response.status_code == 200
    assert (response.json["to"], response.json["rows"]) == (last, [])


@pytest.mark.parametrize("first", ["2026-02-30", "1714521600", "2026-W18-5", "2026-5-1", "yesterday", ""])
def test_what_is_no_date_is_refused_and_named(client: FlaskClient, first: str) -> None:
    response = client.get(f"/v1/performance?from={first}&to=2026-05-01")
    assert response.status_code == 422
    assert "from" in str(response.json["errors"])


def test_a_period_backwards_or_of_years_is_refused(client: FlaskClient) -> None:
    for days in ("from=2026-05-02&to=2026-05-01", "from=2020-01-01&to=2026-05-01", "from=9999-01-01"):
        assert client.get(f"/v1/performance?{days}").status_code == 422
