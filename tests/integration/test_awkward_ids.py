"""Whatever id can be stored can be shown, erased and withdrawn, through a real server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from support.processes import Service

from recsvc.identity.nobody import BY_NAME, is_placeholder
from recsvc.identity.spelling import canonical_item_id, item_key

AWKWARD = (
    "x/merge", "merge", "/merge", "merge/", ".", "..", "a/../b", "./a", "a/..", "/", "//", "a//b", "a/", "/a",
    "%", "%2F", "%252F", "%2e%2e", "%00", "a%zz", "+", "a+b", "a b", " a", "a ", "\t", "a\nb", "\r\n", "?", "#", "&",
    "a&user_id=b", "a=b", ";", "a;b=c", "\\", "..\\", "\x7f", "é", "e\u0301", "\ufeff", "\u2028", "\u202e", "ﬁ", "🛒",
    "\U0010ffff", "null", "user_id", "~", '"', "<a>", "'", "x" * 256, "☕" * 256, "\U0010ffff" * 256,
)  # fmt: skip
"""Ids that collide with routes, or that clients, proxies or decoders might change on their way."""


@pytest.fixture(scope="module")
def service(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("awkward")
    database_url = f"sqlite:///{directory}/recsvc.db"
    service = Service(published, directory / "log", workers=1, database_url=database_url)
    yield service
    assert service.stop() == 0


def test_each_shopper_who_can_be_stored_is_shown_and_erased(service: Service) -> None:
    events = [{"type": "view", "user_id": user_id, "item_id": user_id} for user_id in AWKWARD]
    assert service.post("/v1/events", {"events": events})[1]["accepted"] == len(AWKWARD)
    spellings = Counter(BY_NAME.user_id_of(user_id) for user_id in AWKWARD)
    assert 0 < spellings.pop(None) < len(AWKWARD) / 4  # placeholders, and ids that nobody can see
    for user_id in AWKWARD:
        spelling, address = BY_NAME.user_id_of(user_id), f"/v1/users?user_id={quote(user_id, safe='')}"
        if spelling not in spellings:  # nobody, or erased under another spelling
            assert service.get(address)[0] == 404
            continue
        status, export, _ = service.get(address)
        n_events = spellings.pop(spelling)
        assert (status, export["user_id"], len(export["events"])) == (200, spelling, n_events), user_id
        assert export["events"][0]["item_id"] == canonical_item_id(user_id)
        assert service.delete(address)[1]["events"] == n_events, user_id
        assert service.get(address)[0] == 404
        posted = service.post("/v1/events", {"type": "view", "user_id": user_id, "item_id": "tea"})
        assert posted[1]["ignored"] == 1
    assert not spellings


def test_each_session_that_can_be_stored_is_joined_and_erased(service: Service) -> None:
    sessions = [session_id for session_id in AWKWARD if not is_placeholder(session_id)]
    events = [{"type": "view", "session_id": session_id, "item_id": "tea"} for session_id in sessions]
    assert service.post("/v1/events", {"events": events})[1]["accepted"] == len(sessions)
    for session_id in sessions:
        assert service.post("/v1/users/joined/merge", {"from_session_id": session_id})[1]["events"] == 1
    assert {one["session_id"] for one in service.get("/v1/users/joined")[1]["merged"]} == set(sessions)
    assert service.delete("/v1/users/joined")[1]["events"] == len(sessions)


def test_each_item_that_can_be_stored_is_shown_and_withdrawn(service: Service) -> None:
    item_ids = list({item_key(item_id): item_id for item_id in AWKWARD}.values())
    items = [{"item_id": item_id, "title": item_id[:9]} for item_id in item_ids]
    assert service.post("/v1/items", {"items": items})[1]["accepted"] == len(item_ids)
    for item_id in item_ids:
        address = f"/v1/items?item_id={quote(item_id, safe='')}"
        assert service.get(address)[1]["item_id"] == canonical_item_id(item_id)
        connection = service.connect()
        connection.request("DELETE", address)
        assert connection.getresponse().status == 204
        connection.close()
        assert service.get(address)[0] == 404


def test_a_path_carries_each_id_that_is_no_path_of_its_own(service: Service) -> None:
    """As they are sent here; what a client or a proxy makes of dots and slashes is not in our hands."""
    ids = [f"p{number}{one}"[:256] for number, one in enumerate(AWKWARD) if not one.endswith("/merge")]
    assert service.post(
        "/v1/events", {"events": [{"type": "view", "user_id": one, "item_id": "tea"} for one in ids]}
    )
    for user_id in ids:
        assert service.get(f"/v1/users/{quote(user_id, safe='')}")[1]["user_id"] == BY_NAME.user_id_of(
            user_id
        )
