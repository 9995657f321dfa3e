from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recsvc.connect.privacy_requests import PrivacyRequest, PrivacyRequests, Wish
from recsvc.errors import PlatformError
from recsvc.store.event import DAY_US
from recsvc.store.store import Store, open_store

ASKED = PrivacyRequest("42", Wish.DATA, 5 * DAY_US, ("Ada@Shop.example", "7"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as opened:
        yield opened


@pytest.fixture
def requests(store: Store) -> PrivacyRequests:
    return PrivacyRequests("shopify", store.platform)


def test_a_request_is_kept_once_until_it_is_done(requests: PrivacyRequests) -> None:
    assert requests.add(ASKED)
    assert not requests.add(ASKED)
    assert requests.open() == [ASKED]
    assert ASKED.due_at_us == 35 * DAY_US
    requests.close("42", 6 * DAY_US)
    assert requests.open() == []
    assert not requests.add(ASKED)  # it is told again, and stays done
    with pytest.raises(PlatformError, match="no open request '42'; open are: none is open"):
        requests.close("42", 7 * DAY_US)


def test_what_is_done_names_nobody(requests: PrivacyRequests) -> None:
    requests.add(ASKED)
    requests.close("42", 6 * DAY_US)
    record = requests.records.get("shopify", "request", "42")
    assert record is not None
    assert record.body == {"wish": "data", "user_ids": []}


def test_an_erased_shopper_is_named_by_no_request(store: Store, requests: PrivacyRequests) -> None:
    requests.add(ASKED)
    assert requests.held("ada@shop.example") == [{"number": "42", "received_at": "1970-01-06T00:00:00Z"}]
    store.users.erase("ben@shop.example", 6 * DAY_US)
    assert requests.open() == [ASKED]
    store.users.erase("ada@shop.example", 6 * DAY_US)
    assert requests.open() == []
    assert requests.held("ada@shop.example") is None
    record = requests.records.get("shopify", "request", "42")
    assert record is not None
    assert record.body["user_ids"] == []
