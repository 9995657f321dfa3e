import time

from support.caches import key_of, near_cache

from recsvc.cache.cache import Hit, Miss
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import ENTRY_OVERHEAD_BYTES, NearCache

A, B, C = (key_of(user_id) for user_id in "abc")


def put(cache: NearCache, key, value: bytes) -> None:
    cache.put(key, value, cache.get(key))


def test_the_least_recently_used_entry_goes_when_the_bytes_are_full() -> None:
    cache = near_cache(max_bytes=2 * (100 + ENTRY_OVERHEAD_BYTES))
    put(cache, A, b"x" * 100)
    put(cache, B, b"x" * 100)
    cache.get(A)
    put(cache, C, b"x" * 100)
    assert [isinstance(cache.get(key), Hit) for key in (A, B, C)] == [True, False, True]
    assert cache.size_bytes <= 2 * (100 + ENTRY_OVERHEAD_BYTES)


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    cache = near_cache(max_bytes=1000)
    put(cache, A, b"x" * 2000)
    assert isinstance(cache.get(A), Miss)


def test_an_entry_is_forgotten_after_its_time() -> None:
    cache = near_cache(ttl_seconds=0.05)
    put(cache, A, b"x")
    time.sleep(0.1)
    assert isinstance(cache.get(A), Miss)


def test_a_flood_of_keys_does_not_grow_it() -> None:
    cache = near_cache(max_bytes=50_000)
    for number in range(5_000):
        put(cache, key_of(f"key-{number}"), b"x" * 10)
    assert cache.size_bytes <= 50_000


def test_it_is_passed_over_while_drops_elsewhere_may_not_be_heard_of() -> None:
    epochs = Epochs()
    cache = NearCache(10_000, 60, epochs)
    put(cache, A, b"x")
    epochs.trusted_until = time.monotonic() - 1
    assert isinstance(cache.get(A), Miss)
    epochs.trusted_until = time.monotonic() + 60
    assert cache.get(A).value == b"x"
