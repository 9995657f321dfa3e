"""Where spans are sent to, and what is refused as an address."""

from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from recsvc.settings.settings import load_settings
from recsvc.tracing.settings import load_tracing_settings
from recsvc.tracing.tracing import OFF, open_tracing

ENDPOINT = "RECSVC_TRACING_ENDPOINT"


def test_nothing_is_traced_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert open_tracing(load_settings(None, {})) is OFF
    monkeypatch.setenv(ENDPOINT, "")
    assert open_tracing(load_settings(None, {})) is OFF


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("https://collector:4318", "https://collector:4318/v1/traces"),
        ("https://collector:4318/", "https://collector:4318/v1/traces"),
        ("https://shop.example/otlp", "https://shop.example/otlp/v1/traces"),
        ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
    ],
)
def test_the_address_of_a_collector_is_completed(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, address: str
) -> None:
    monkeypatch.setenv(ENDPOINT, endpoint)
    assert load_settings(None, {}).tracing_address == address


@pytest.mark.parametrize(
    "value",
    [
        "collector:4318",
        "grpc://collector:4317",
        "https://",
        "https://[::1",
        "http://collector:x",
        "http://c?key=1",
    ],
)
def test_what_is_no_address_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(ENDPOINT, value)
    with pytest.raises(SettingsError, match=f"{ENDPOINT} .*must be like https://collector"):
        load_settings(None, {})
    with pytest.raises(SettingsError, match=ENDPOINT):
        load_tracing_settings(None)


def test_a_password_in_the_address_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "https://user:secret@collector:4318")
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_HEADERS") as refused:
        load_settings(None, {})
    assert "secret" not in str(refused.value)


def test_without_the_extra_the_start_stops_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recsvc.tracing.settings.find_spec", lambda _name: None)
    assert load_settings(None, {}).tracing_endpoint is None
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    with pytest.raises(SettingsError, match=r"RECSVC_TRACING_ENDPOINT .*pip install recsvc\[tracing\]"):
        load_settings(None, {})


def test_the_training_job_reads_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[service]\nport = 9000\ntracing_endpoint = "http://127.0.0.1:1"\n')
    assert load_tracing_settings(config).tracing_address == "http://127.0.0.1:1/v1/traces"
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:2")
    assert load_tracing_settings(config).tracing_address == "http://127.0.0.1:2/v1/traces"
