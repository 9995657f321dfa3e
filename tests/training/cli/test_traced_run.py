"""A training run as a trace: one span a step, below the scheduler's."""

import sys
from pathlib import Path

import pytest
from support.object_store import S3Server, set_variables
from support.otlp import SentSpan, collecting

from training.cli.main import main
from training.sample import SampleShop, write_sample_shop

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
QUICK = "[training]\nfactors = 4\niterations = 2\nwindows = 1\ntrees = 5\nthreads = 1\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = SampleShop(users=60, items=40, order_lines=900, days=120)
    return write_sample_shop(sizes, tmp_path_factory.mktemp("shop")).orders.parent


def run(monkeypatch: pytest.MonkeyPatch, shop: Path, *options: str) -> int:
    config = shop / "quick.toml"
    config.write_text(QUICK)
    command = ["recsvc-train", "run", "--config", str(config), *options]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_each_step_of_a_run_is_a_span_below_that_of_the_scheduler(
    shop: Path, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, s3.port)
    monkeypatch.setenv("TRACEPARENT", CALLER)
    with collecting() as collector:
        monkeypatch.setenv("RECSVC_TRACING_ENDPOINT", collector.url)
        place = ["--models-dir", str(tmp_path / "copy"), "--models-url", s3.new_url()]
        assert run(monkeypatch, shop, "--orders", str(shop / "orders.csv"), *place) == 0
        spans, [whole] = collector.spans(), collector.named("recsvc-train run")
        sent = b"".join(collector.bodies)
    assert {span.trace_id for span in spans} == {CALLER[3:35]}
    assert whole.parent_id == CALLER[36:52]
    steps = [span.name for span in spans if span.parent_id == whole.span_id]
    assert steps[:3] == ["Fetch the versions", "Read orders", "Clean orders"]
    assert {"Learn rankers", "Publish", "Write the report"} <= set(steps)
    [publish] = (span for span in spans if span.name == "Publish")
    assert {"object store push", "object store make_current"} <= children(publish, spans)
    assert whole.attributes["recsvc.is_live"]
    assert whole.attributes["recsvc.items"] <= 40
    assert (shop / "orders.csv").read_text().splitlines()[1].split(",")[0].encode() not in sent


def children(parent: SentSpan, spans: list[SentSpan]) -> set[str]:
    return {span.name for span in spans if span.parent_id == parent.span_id}


def test_a_run_that_fails_says_so_by_the_class_of_its_error(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("customer,sku,date\nada-the-shopper,,\n")
    with collecting() as collector:
        monkeypatch.setenv("RECSVC_TRACING_ENDPOINT", collector.url)
        assert run(monkeypatch, shop, "--orders", str(orders), "--models-dir", str(tmp_path / "models")) == 3
        [whole] = collector.named("recsvc-train run")
        sent = b"".join(collector.bodies)
    assert (whole.is_error, whole.attributes["error.type"]) == (True, "TooManyRejectedError")
    assert b"ada-the-shopper" not in sent


def test_a_run_whose_scheduler_traces_nothing_is_not_traced(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", f"{CALLER[:-2]}00")
    with collecting() as collector:
        monkeypatch.setenv("RECSVC_TRACING_ENDPOINT", collector.url)
        (tmp_path / "orders.csv").write_text("customer,sku,date\n")
        run(
            monkeypatch,
            shop,
            "--orders",
            str(tmp_path / "orders.csv"),
            "--models-dir",
            str(tmp_path / "models"),
        )
        assert not collector.bodies
