"""The receivers of the guide take what is signed, and nothing else."""

import os
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.processes import becomes_true, free_port
from support.webhooks import KEY, SECRET

from recsvc.api.webhook_description import SUMMARIES
from recsvc.store.notices import OUTCOMES, Outcome
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.occasion import PING, Kind
from recsvc.webhooks.payload import DATA, Trial, Webhook

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
BODY = Webhook(type=PING, timestamp="2026-11-30T10:00:00Z", data=Trial(message="hello")).to_bytes()


@pytest.fixture(params=["webhook.py", "webhook.php"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a receiver, and what it writes."""
    if request.param.endswith(".php") and shutil.which("php") is None:
        pytest.skip("needs php on the PATH: apt-get install php-cli")
    port, snippet, told = free_port(), GUIDES / "snippets" / str(request.param), tmp_path / "told"
    programs = {
        "webhook.py": [sys.executable, str(snippet), str(port)],
        "webhook.php": ["php", "-d", f"error_log={told}", "-S", f"127.0.0.1:{port}", str(snippet)],
    }
    with told.open("w") as output:
        process = subprocess.Popen(
            programs[str(request.param)],
            env={**os.environ, "RECSVC_WEBHOOKS_SECRET": SECRET},
            stdout=output if snippet.suffix == ".py" else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{port}/", told
        finally:
            process.kill()
            process.wait()


def test_a_receiver_of_the_guide_takes_what_is_signed_and_fresh(receiver: tuple[str, Path]) -> None:
    url, told = receiver
    now = int(time.time())
    with (
        closing(Courier(url, [KEY])) as ours,
        closing(Courier(url, [b"x" * 32])) as strange,
        closing(Courier(url, [b"x" * 32, KEY])) as both,
    ):
        assert becomes_true(lambda: ours.post("msg_1", BODY, now).status == 204)
        assert both.post("msg_2", BODY, now).status == 204
        assert strange.post("msg_3", BODY, now).status == 401
        assert ours.post("msg_4", BODY, now - 3600).status == 401
    assert becomes_true(lambda: "msg_2 recsvc.ping" in told.read_text())
    assert "msg_3" not in told.read_text()
    assert "msg_4" not in told.read_text()


@pytest.mark.parametrize("secret", [None, "", "whsec_", "whsec_eA=="])
def test_without_a_whole_secret_the_receiver_in_php_takes_nothing(secret: str | None, tmp_path: Path) -> None:
    if shutil.which("php") is None:
        pytest.skip("needs php on the PATH: apt-get install php-cli")
    port, key = free_port(), b64decode((secret or "").removeprefix("whsec_"))
    environment = {name: value for name, value in os.environ.items() if name != "RECSVC_WEBHOOKS_SECRET"}
    process = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", str(GUIDES / "snippets" / "webhook.php")],
        env={**environment, **({} if secret is None else {"RECSVC_WEBHOOKS_SECRET": secret})},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with closing(Courier(f"http://127.0.0.1:{port}/", [key])) as signed:
            answers = []
            assert becomes_true(
                lambda: answers.append(signed.post("msg_1", BODY, int(time.time())).status) or answers[-1]
            )
        assert answers[-1] == 500
    finally:
        process.kill()
        process.wait()


def test_the_guide_and_the_description_name_each_kind() -> None:
    text = (GUIDES / "webhooks.md").read_text()
    assert set(SUMMARIES) == set(DATA) == {*Kind, PING}
    assert all(f"`{kind}`" in text or f"`.{kind.rpartition('.')[2]}`" in text for kind in Kind)
    assert set(OUTCOMES) == set(Outcome)
