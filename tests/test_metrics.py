from support.metrics import total

from recsvc.metrics import Metrics, page_of_shops


def test_what_was_counted_is_on_the_page_with_its_time() -> None:
    metrics = Metrics()
    for seconds in (0.00005, 0.003, 7.0):
        metrics.count("for_you", "200", "near", seconds)
    metrics.count("none", "503", "none", 0.001)
    page = metrics.page().decode()
    assert total(page, "recsvc_requests_total", placement="for_you", status="200", cache="near") == 3
    assert total(page, "recsvc_requests_total", status="503") == 1
    near = {"cache": "near"}
    assert total(page, "recsvc_request_seconds_count", **near) == 3
    assert total(page, "recsvc_request_seconds_sum", **near) == 7.00305
    buckets = [
        total(page, "recsvc_request_seconds_bucket", le=le, **near) for le in ("0.0001", "0.005", "2.5")
    ]
    assert buckets == [1, 2, 2]


def test_a_page_read_twice_counts_once() -> None:
    metrics = Metrics()
    metrics.count("for_you", "200", "near", 0.001)
    assert metrics.page() == metrics.page()


def test_a_gauge_shows_what_is_so_now() -> None:
    metrics, entries = Metrics(), [1.0]
    metrics.watch("recsvc_entries", "Entries.", lambda: entries[-1], combine="sum")
    assert total(metrics.page().decode(), "recsvc_entries") == 1
    entries.append(5.0)
    assert total(metrics.page().decode(), "recsvc_entries") == 5


def test_one_version_is_live() -> None:
    metrics = Metrics()
    for version in ("1", "2"):
        metrics.show_live(version)
    page = metrics.page().decode()
    assert [total(page, "recsvc_model_info", model_version=one) for one in ("1", "2")] == [0, 1]


def test_the_metrics_of_several_shops_are_told_apart() -> None:
    shops = [Metrics(shop=name) for name in ("garden", "books")]
    for metrics, version in zip(shops, ("1", "2"), strict=True):
        metrics.count("for_you", "200", "near", 0.001)
        metrics.shed.inc()
        metrics.invalidations.labels("user").inc()
        metrics.watch("recsvc_entries", "Entries.", lambda: 3, combine="sum")
        metrics.show_live(version)
        metrics.count_route("/v1/model", "GET", "200", 0.01)
    shops[0].count("for_you", "200", "near", 0.001)
    page = page_of_shops(shops, [], None).decode()
    for name in ("recsvc_requests_total", "recsvc_request_seconds_count"):
        assert [total(page, name, shop=shop) for shop in ("garden", "books")] == [2, 1]
    for name in ("recsvc_shed_requests_total", "recsvc_invalidations_total", "recsvc_route_seconds_count"):
        assert [total(page, name, shop=shop) for shop in ("garden", "books")] == [1, 1]
    assert total(page, "recsvc_model_info", shop="garden", model_version="1") == 1
    assert total(page, "recsvc_model_info", shop="garden", model_version="2") == 0
    assert total(page, "recsvc_entries") == 6
    samples = [line for line in page.splitlines() if not line.startswith("#")]
    assert all('shop="' in line for line in samples)
    assert len(samples) == len({line.rpartition(" ")[0] for line in samples})


def test_the_page_of_one_of_several_shops_shows_nothing_of_the_others() -> None:
    garden, books = (Metrics(shop=name) for name in ("garden", "books"))
    books.count("for_you", "200", "near", 0.001)
    assert 'shop="garden"' in garden.page().decode()
    assert "books" not in garden.page().decode()


def test_a_shop_that_is_alone_is_not_named() -> None:
    metrics = Metrics()
    metrics.count("for_you", "200", "near", 0.001)
    assert "shop" not in metrics.page().decode()
