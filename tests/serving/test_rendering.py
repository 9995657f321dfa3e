import json

from recsvc.serving.rendering import shown


def kept(*item_ids: str, n: int) -> bytes:
    items = [{"item_id": one, "rank": rank} for rank, one in enumerate(item_ids, start=1)]
    body, spare = {"user_id": None, "items": items[:n]}, items[n:]
    return json.dumps(body, separators=(",", ":")).encode() + b"\n" + json.dumps(spare).encode()


def ids(body: bytes) -> list[tuple[str, int]]:
    return [(item["item_id"], item["rank"]) for item in json.loads(body)["items"]]


def test_where_nothing_is_hidden_the_answer_is_what_was_kept() -> None:
    stored = kept("tea", "milk", "cake", n=2)
    body = stored.partition(b"\n")[0]
    assert shown(stored, 2, frozenset()) == body
    assert shown(stored, 2, frozenset({"cake", "jam"})) == body


def test_what_is_hidden_is_replaced_by_the_next_items_with_new_ranks() -> None:
    answer = shown(kept("tea", "milk", "cake", "jam", n=2), 2, frozenset({"tea", "cake"}))
    assert ids(answer) == [("milk", 1), ("jam", 2)]
    assert answer.startswith(b'{"user_id":null,')


def test_when_nothing_is_left_the_list_is_shorter() -> None:
    assert ids(shown(kept("tea", "milk", n=2), 2, frozenset({"tea"}))) == [("milk", 1)]
    assert ids(shown(kept("tea", n=1), 1, frozenset({"tea"}))) == []
