import math
import time
import tracemalloc
from dataclasses import dataclass

from support.caches import finished, key_of, near_cache

from recsvc.cache.cache import Hit, Lease, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.key import UserTag
from recsvc.cache.near import ENTRY_OVERHEAD_BYTES, STRANGERS_SHARE, NearCache, Reuse

A, B, C = (key_of(user_id) for user_id in "abc")


SIZE = ENTRY_OVERHEAD_BYTES + len(finished("x").pack())


def put(cache: NearCache, key) -> None:
    cache.put(key, finished("x"), cache.get(key))


def room_for(n: int) -> int:
    return math.ceil(n * SIZE / (1 - STRANGERS_SHARE)) + 1


def test_the_least_recently_used_entry_goes_when_the_bytes_are_full() -> None:
    cache = near_cache(max_bytes=room_for(2))
    put(cache, A)
    put(cache, B)
    cache.get(A)
    put(cache, C)
    assert [isinstance(cache.get(key), Hit) for key in (A, B, C)] == [True, False, True]
    assert cache.size_bytes == 2 * SIZE


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    cache = near_cache(max_bytes=SIZE)
    put(cache, A)
    assert isinstance(cache.get(A), Miss)


def test_an_entry_is_forgotten_after_its_time() -> None:
    cache = near_cache(ttl_seconds=0.05)
    put(cache, A)
    time.sleep(0.1)
    assert isinstance(cache.get(A), Miss)


def test_a_flood_of_keys_does_not_grow_it() -> None:
    cache = near_cache(max_bytes=50_000)
    for number in range(5_000):
        put(cache, key_of(f"key-{number}"))
    assert cache.size_bytes <= 50_000


def test_it_is_passed_over_while_invalidations_elsewhere_may_not_be_heard_of() -> None:
    epochs = Epochs()
    cache = NearCache(10_000, 60, epochs)
    put(cache, A)
    epochs.trusted_until = time.monotonic() - 1
    assert isinstance(cache.get(A), Miss)
    epochs.trusted_until = time.monotonic() + 60
    assert cache.get(A).lists == finished("x")


@dataclass
class Response:
    size_bytes: int = SIZE - ENTRY_OVERHEAD_BYTES - 1


def reuse(epochs: Epochs, basis: object = "now", bucket: int = 1, *, is_familiar: bool = True) -> Reuse:
    return Reuse(Lease(bucket, epochs.stamp(bucket), time.monotonic() + 60), basis, is_familiar)


def test_responses_and_lists_share_the_memory() -> None:
    epochs = Epochs()
    cache = NearCache(room_for(2), 60, epochs)
    put(cache, A)
    cache.put_response("a", Response(), reuse(epochs))
    assert cache.response("a", "now") == Response()
    put(cache, B)
    assert [isinstance(cache.get(key), Hit) for key in (A, B)] == [False, True]
    assert (cache.response("a", "now"), cache.size_bytes) == (Response(), 2 * SIZE)


def test_the_same_query_string_has_one_response() -> None:
    epochs = Epochs()
    cache = NearCache(room_for(10), 60, epochs)
    for _ in range(5):
        cache.put_response("a", Response(), reuse(epochs))
    assert (len(cache), cache.size_bytes) == (1, SIZE)


def test_a_response_on_another_basis_or_to_a_user_who_was_invalidated_is_not_given() -> None:
    epochs = Epochs()
    cache = NearCache(room_for(10), 60, epochs)
    cache.put_response("a", Response(), reuse(epochs, "before"))
    cache.put_response("b", Response(), reuse(epochs, bucket=5))
    cache.invalidate(UserTag("digest", 5))
    assert (cache.response("a", "now"), cache.response("b", "now")) == (None, None)


def test_made_up_ids_take_a_small_share_of_the_memory_and_push_nobody_out() -> None:
    epochs = Epochs()
    cache = NearCache(room_for(50), 60, epochs)
    cache.put_response("a", Response(), reuse(epochs))
    for number in range(1000):
        cache.put_response(f"made up {number}", Response(), reuse(epochs, is_familiar=False))
    assert cache.response("a", "now") == Response()
    assert 0 < cache.strangers.size_bytes <= room_for(50) * STRANGERS_SHARE


def test_what_it_says_it_takes_is_what_it_takes() -> None:
    tracemalloc.start()
    cache = near_cache(max_bytes=100_000_000)
    before = tracemalloc.get_traced_memory()[0]
    for number in range(2_000):
        key = key_of(f"user {number}")
        lists = finished(*(f"item {number} {place}" for place in range(15)))
        cache.put(key, lists, Miss(Epochs().stamp(0)))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.8 < taken / cache.size_bytes < 1.2
