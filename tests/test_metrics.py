from support.metrics import total

from recsvc.metrics import Metrics


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
