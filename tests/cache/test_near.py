import time

from recsvc.cache.near import ENTRY_OVERHEAD_BYTES, NearCache


def test_the_least_recently_used_entry_goes_when_the_bytes_are_full() -> None:
    cache = NearCache(max_bytes=2 * (100 + ENTRY_OVERHEAD_BYTES), ttl_seconds=60)
    cache.put("a", b"x" * 100)
    cache.put("b", b"x" * 100)
    cache.get("a")
    cache.put("c", b"x" * 100)
    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]
    assert cache.size_bytes <= 2 * (100 + ENTRY_OVERHEAD_BYTES)


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    cache = NearCache(max_bytes=1000, ttl_seconds=60)
    cache.put("a", b"x" * 2000)
    assert cache.get("a") is None


def test_an_entry_is_forgotten_after_its_time() -> None:
    cache = NearCache(max_bytes=1000, ttl_seconds=0.05)
    cache.put("a", b"x")
    time.sleep(0.1)
    assert cache.get("a") is None


def test_a_flood_of_keys_does_not_grow_it() -> None:
    cache = NearCache(max_bytes=50_000, ttl_seconds=60)
    for number in range(5_000):
        cache.put(f"key-{number}", b"x" * 10)
    assert cache.size_bytes <= 50_000
