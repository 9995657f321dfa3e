import json

from support.models import release

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.cache.null import NullCache
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel


def lists_of(registry: Registry, cache=None, **limits) -> tuple[Lists, LiveModel, NearCache]:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    near = NearCache(1_000_000, 60, Epochs()) if cache is None else cache
    return Lists(live_model, near, Limits(**{"stale_seconds": 0, **limits})), live_model, near


def test_the_second_answer_is_the_stored_bytes_of_the_first(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    first, second = lists.answer(Query(user_id="ada")), lists.answer(Query(user_id="ada"))
    assert (first.cache, second.cache) == ("miss", "near")
    assert second.body is first.body


def test_an_answer_is_the_same_with_and_without_a_cache(registry: Registry) -> None:
    cached, _, _ = lists_of(registry)
    uncached, _, _ = lists_of(registry, NullCache())
    for user_id in ("ada", "nobody", None):
        query = Query(user_id=user_id)
        cached.answer(query)
        assert cached.answer(query).body == uncached.answer(query).body


def test_shoppers_nobody_knows_share_one_entry_but_each_sees_the_own_id(registry: Registry) -> None:
    lists, _, near = lists_of(registry)
    lists.answer(Query())
    size = near.size_bytes
    for number in range(50):
        answer = lists.answer(Query(user_id=f'made "up" {number} \ud800'))
        assert answer.cache == "near"
        assert json.loads(answer.body)["user_id"] == f'made "up" {number} \ud800'
    assert near.size_bytes == size


def test_a_list_that_depends_on_nobody_is_kept_once(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    lists.answer(Query(Placement.TRENDING, user_id="ada"))
    answer = lists.answer(Query(Placement.TRENDING, user_id="bob"))
    assert answer.cache == "near"
    assert json.loads(answer.body)["user_id"] == "bob"


def test_a_new_version_does_not_answer_with_lists_of_the_old_one(registry: Registry, model: Model) -> None:
    lists, live_model, _ = lists_of(registry)
    old = lists.answer(Query(user_id="ada"))
    registry.publish(model, release("2"))
    live_model.refresh()
    new = lists.answer(Query(user_id="ada"))
    assert (new.cache, new.model_version) == ("miss", "2")
    assert json.loads(new.body)["recommendation_id"] != json.loads(old.body)["recommendation_id"]


def test_a_body_holds_what_the_contract_says(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    body = json.loads(lists.answer(Query(Placement.DISCOVER, n=1, user_id="ada")).body)
    assert body.pop("recommendation_id")
    assert 0 < body["items"][0].pop("score") <= 1
    assert body == {
        "user_id": "ada",
        "placement": "discover",
        "strategy": "personalized",
        "model_version": "1",
        "items": [
            {
                "item_id": "cake",
                "rank": 1,
                "source": "als",
                "reason": {"type": "because_you_bought", "item_ids": ["tea", "milk"]},
            }
        ],
    }
