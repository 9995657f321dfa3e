import gc
import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from weakref import ref

import pytest
from support.models import release

from recsvc.api.answers import ListResponse
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.lists import Answer, Limits, Lists
from recsvc.serving.live_model import LiveModel


def lists_of(registry: Registry, cache=None, **limits) -> tuple[Lists, LiveModel, NearCache]:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    near = NearCache(1_000_000, 60, Epochs()) if cache is None else cache
    return Lists(live_model, near, Limits(**{"stale_seconds": 0, **limits})), live_model, near


def test_the_second_answer_is_that_of_the_first(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    first, second = lists.answer(Query(user_id="ada")), lists.answer(Query(user_id="ada"))
    assert (first.cache, second.cache) == ("miss", "near")
    assert second.document() == first.document()


def test_an_answer_is_the_same_with_and_without_a_cache(registry: Registry) -> None:
    cached, _, _ = lists_of(registry)
    uncached, _, _ = lists_of(registry, NearCache(0, 60, Epochs()))
    for user_id in ("ada", "nobody", None):
        query = Query(user_id=user_id)
        cached.answer(query)
        assert cached.answer(query).document() == uncached.answer(query).document()


def test_shoppers_nobody_knows_share_one_entry_but_each_sees_the_own_id(registry: Registry) -> None:
    lists, _, near = lists_of(registry)
    lists.answer(Query())
    size = near.size_bytes
    for number in range(50):
        answer = lists.answer(Query(user_id=f'made "up" {number} \ud800'))
        assert answer.cache == "near"
        assert answer.document()["user_id"] == f'made "up" {number} \ud800'
    assert near.size_bytes == size


def test_an_answer_that_was_made_while_an_item_came_back_is_not_given_again(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    item_id = lists.answer(Query(user_id="ada")).item_ids[0]

    def put(*, in_stock: bool) -> None:
        lists.shop.catalogue.take([Item(item_id, in_stock=in_stock)])
        lists.shop.catalogue.settle(0)

    put(in_stock=False)
    lists.answer(Query(user_id="ada"))
    resolved = lists.resolve(Query(user_id="ada"))
    put(in_stock=True)
    answer = lists.look(resolved).answer
    assert answer is not None
    assert item_id in answer.item_ids
    assert answer.reuse is None
    put(in_stock=False)
    assert resolved.basis != lists.basis()


def test_an_answer_that_is_kept_keeps_no_old_version(registry: Registry, model: Model) -> None:
    lists, live_model, near = lists_of(registry)
    lists.answer(Query(user_id="ada"))
    answer = lists.answer(Query(user_id="ada"))
    assert answer.reuse is not None
    near.put_response("user_id=ada", ListResponse.of(answer, answer.document(), 0), answer.reuse)
    old = ref(live_model.current())
    del answer
    registry.publish(model, release("2"))
    live_model.refresh()
    live_model.previous(0)
    lists.answer(Query(user_id="bob"))
    gc.collect()
    assert old() is None
    size = near.size_bytes
    assert near.response("user_id=ada", lists.basis()) is None
    assert near.size_bytes < size


def test_a_list_that_depends_on_nobody_is_kept_once(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    lists.answer(Query(Placement.TRENDING, user_id="ada"))
    answer = lists.answer(Query(Placement.TRENDING, user_id="bob"))
    assert answer.cache == "near"
    assert answer.document()["user_id"] == "bob"


def test_a_new_version_does_not_answer_with_lists_of_the_old_one(registry: Registry, model: Model) -> None:
    lists, live_model, _ = lists_of(registry)
    old = lists.answer(Query(user_id="ada"))
    registry.publish(model, release("2"))
    live_model.refresh()
    new = lists.answer(Query(user_id="ada"))
    assert (new.cache, new.key.model_version) == ("miss", "2")
    assert new.made.recommendation_id != old.made.recommendation_id


def test_a_document_holds_what_the_contract_says(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    body = lists.answer(Query(Placement.DISCOVER, n=1, user_id="ada")).document()
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


def test_a_repurchase_says_how_often_and_how_long_ago(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    body = lists.answer(Query(Placement.BUY_AGAIN, user_id="ada")).document()
    reasons = {item["item_id"]: item["reason"] for item in body["items"]}
    assert reasons["tea"] == {"type": "you_buy_this_regularly", "every_days": 14, "last_days_ago": 1}
    assert reasons["milk"] == {"type": "you_bought_this", "last_days_ago": 20}


def test_workers_of_another_diversity_do_not_share_lists(registry: Registry) -> None:
    lists, live_model, near = lists_of(registry)
    plain = lists.answer(Query(user_id="ada"))
    diverse_model = LiveModel(registry, poll_seconds=60, diversity=0.5)
    diverse_model.refresh()
    diverse = Lists(diverse_model, near).answer(Query(user_id="ada"))
    assert diverse.cache == "miss"
    assert diverse.made.recommendation_id != plain.made.recommendation_id
    assert live_model.current().recommender.diversity == 0


def lists_made(lists: Lists) -> float:
    samples = [one for metric in lists._metrics.registry.collect() for one in metric.samples]
    return sum(one.value for one in samples if one.name == "recsvc_list_seconds_count")


def wait_for(condition, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_a_hundred_who_ask_for_one_cold_list_at_once_have_it_made_once(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    barrier = Barrier(100)

    def ask(_number: int) -> str:
        barrier.wait()
        return json.dumps(lists.answer(Query(user_id="ada")).document())

    with ThreadPoolExecutor(100) as pool:
        assert len(set(pool.map(ask, range(100)))) == 1
    assert lists_made(lists) == 1


def test_made_up_items_share_the_entry_of_the_question_without_them(registry: Registry) -> None:
    lists, _, near = lists_of(registry)
    lists.answer(Query(user_id="ada"))
    lists.answer(Query(Placement.BOUGHT_TOGETHER, item_ids=("made up",)))
    for number in range(50):
        assert lists.answer(Query(user_id="ada", exclude=(f"made up {number}",))).cache == "near"
        lists.answer(Query(Placement.BOUGHT_TOGETHER, item_ids=(f"made up {number}",)))
    assert len(near) == 2


def test_an_invalidated_list_is_made_anew_and_those_of_others_are_not(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    for user_id in ("ada", "bob"):
        lists.answer(Query(user_id=user_id))
    lists.invalidate(UserKey("user", "ada"))
    assert lists.answer(Query(user_id="ada")).cache == "miss"
    assert lists.answer(Query(user_id="bob")).cache == "near"
    lists.invalidate(None)
    assert lists.answer(Query(user_id="bob")).cache == "miss"


@pytest.mark.parametrize("user_id", ["ada", "nobody"])
def test_after_a_new_version_the_list_of_the_one_before_is_given_while_the_new_one_is_made(
    registry: Registry, model: Model, user_id: str
) -> None:
    lists, live_model, _ = lists_of(registry, stale_seconds=60)
    query = Query(user_id=user_id)
    old = lists.answer(query)
    registry.publish(model, release("2"))
    live_model.refresh()
    stale = lists.answer(query)
    assert (stale.document(), stale.key.model_version, stale.reuse) == (old.document(), "1", None)
    assert wait_for(lambda: lists.answer(query).key.model_version == "2")
    new = lists.answer(query)
    assert (new.cache, new.document()["model_version"]) == ("near", "2")


def test_the_list_of_the_version_before_is_given_for_a_limited_time(registry: Registry, model: Model) -> None:
    lists, live_model, _ = lists_of(registry, stale_seconds=0.05)
    lists.answer(Query(user_id="ada"))
    registry.publish(model, release("2"))
    live_model.refresh()
    time.sleep(0.06)
    assert lists.answer(Query(user_id="ada")).key.model_version == "2"


def test_an_invalidated_list_is_not_given_after_a_new_version_either(
    registry: Registry, model: Model
) -> None:
    lists, live_model, _ = lists_of(registry, stale_seconds=60)
    lists.answer(Query(user_id="ada"))
    lists.invalidate(UserKey("user", "ada"))
    registry.publish(model, release("2"))
    live_model.refresh()
    answer = lists.answer(Query(user_id="ada"))
    assert (answer.cache, answer.key.model_version) == ("miss", "2")


def test_a_list_that_was_being_made_during_an_invalidation_is_not_kept_nor_joined(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    look = lists.look(lists.resolve(Query(user_id="ada")))
    lists.invalidate(UserKey("user", "ada"))
    lists.finish(look)
    assert lists.answer(Query(user_id="ada")).cache == "miss"


def test_invalidations_reach_the_lists_of_every_version_that_a_worker_may_use(
    registry: Registry, model: Model
) -> None:
    lists, live_model, _ = lists_of(registry)
    lists.answer(Query(user_id="ada"))
    registry.publish(model, release("2"))
    assert {"1", "2"} <= set(live_model.versions())


def ids(answer: Answer) -> list[tuple[str, int]]:
    return [(item["item_id"], item["rank"]) for item in answer.document()["items"]]


def test_an_answer_holds_as_many_available_items_as_were_asked_for(registry: Registry) -> None:
    lists, _, _ = lists_of(registry)
    query = Query(Placement.TRENDING, n=2)
    (first, _), (second, _) = ids(lists.answer(query))
    lists.shop.catalogue.take([Item(first, in_stock=False)])
    lists.shop.catalogue.settle(1)
    answer = lists.answer(query)
    assert answer.cache == "near"
    assert ids(answer)[0] == (second, 1)
    assert ids(answer)[1][1] == 2
