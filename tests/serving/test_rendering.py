import json

from recsvc.cache.key import ListKey
from recsvc.ranking.query import (
    Query,
    Reason,
    ReasonType,
    Recommendation,
    RecommendationList,
    Source,
    Strategy,
)
from recsvc.serving.kept_list import KeptList, addressed, render

KEY = ListKey("v1", "owner", "question", 7)

PINS = {"pin 1", "pin 2"}


def made(*item_ids: str) -> KeptList:
    popular = Reason(ReasonType.POPULAR)
    items = [
        Recommendation(one, rank, 1 / rank, Source.RULE if one in PINS else Source.POPULAR, popular)
        for rank, one in enumerate(item_ids, start=1)
    ]
    return KeptList.of(RecommendationList(Strategy.PERSONALIZED, tuple(items)))


def ids(body: bytes) -> list[tuple[str, int]]:
    return [(item["item_id"], item["rank"]) for item in json.loads(body)["items"]]


def test_an_answer_holds_as_many_items_as_were_asked_for() -> None:
    body = render(made("tea", "milk", "cake"), Query(n=2), KEY, frozenset())
    assert ids(body) == [("tea", 1), ("milk", 2)]
    assert render(made("tea", "milk", "cake"), Query(n=2), KEY, frozenset({"cake", "jam"})) == body


def test_what_is_hidden_is_replaced_by_the_next_items_with_new_ranks() -> None:
    mask = frozenset({"tea", "cake"})
    assert ids(render(made("tea", "milk", "cake", "jam"), Query(n=2), KEY, mask)) == [("milk", 1), ("jam", 2)]


def test_when_nothing_is_left_the_list_is_shorter() -> None:
    mask = frozenset({"tea"})
    assert ids(render(made("tea", "milk"), Query(n=2), KEY, mask)) == [("milk", 1)]
    assert ids(render(made("tea"), Query(n=1), KEY, mask)) == []


def test_what_is_not_known_of_a_reason_is_left_out() -> None:
    reasons = [
        Reason(ReasonType.POPULAR),
        Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("lamp",)),
        Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=7, last_days_ago=0),
    ]
    items = [Recommendation(str(i), 1, 1.0, Source.ALS, reason) for i, reason in enumerate(reasons)]
    body = render(KeptList.of(RecommendationList(Strategy.TRENDING, tuple(items))), Query(), KEY, frozenset())
    assert [item["reason"] for item in json.loads(body)["items"]] == [
        {"type": "popular"},
        {"type": "because_you_bought", "item_ids": ["lamp"]},
        {"type": "you_buy_this_regularly", "every_days": 7, "last_days_ago": 0},
    ]


def test_a_list_that_is_nobodys_is_addressed_to_whoever_asks() -> None:
    shared = render(made("tea"), Query(), KEY, frozenset())
    mine = Query(user_id='"odd"')
    assert addressed(shared, Query(), mine) == render(made("tea"), mine, KEY, frozenset())
    assert addressed(shared, Query(), Query()) == shared


def test_a_pin_keeps_its_place_when_what_was_before_it_is_hidden() -> None:
    list_ = made("tea", "milk", "pin 1", "pin 2", "cake", "jam", "saw")
    answer = render(list_, Query(n=4), KEY, frozenset({"tea"}))
    assert ids(answer) == [("milk", 1), ("cake", 2), ("pin 1", 3), ("pin 2", 4)]
    scores = [item["score"] for item in json.loads(answer)["items"]]
    assert scores == sorted(scores, reverse=True)
    without = render(list_, Query(n=4), KEY, frozenset({"pin 1"}))
    assert ids(without)[2:] == [("cake", 3), ("pin 2", 4)]
