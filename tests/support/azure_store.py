"""An Azure of loopback: Azurite in a process of its own, where its program is on the path."""

import base64
import hashlib
import hmac
import shutil
import subprocess
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from support.processes import free_port

PROGRAM = shutil.which("azurite-blob")
ACCOUNT, CONTAINER, VERSION = "devstoreaccount1", "models", "2021-08-06"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own, which is public."""


class AzureServer:
    """One container; ``new_url`` is a place in it that nothing else uses."""

    def __init__(self, directory: Path) -> None:
        assert PROGRAM
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}/{ACCOUNT}"
        place = ["--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--location", str(directory)]
        self._process = subprocess.Popen(
            [PROGRAM, *place, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._numbers = count(1)
        deadline = time.monotonic() + 60
        while not self._has_container():
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def _has_container(self) -> bool:
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = f"x-ms-date:{now}\nx-ms-version:{VERSION}"
        signed = "PUT" + "\n" * 12 + f"{headers}\n/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
        digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
        request = Request(f"{self.endpoint}/{CONTAINER}?restype=container", method="PUT")
        request.add_header("x-ms-date", now)
        request.add_header("x-ms-version", VERSION)
        request.add_header("Authorization", f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}")
        try:
            urlopen(request, timeout=5).close()
        except (URLError, OSError):
            return False
        return True

    def new_url(self) -> str:
        return f"az://{CONTAINER}/shop-{next(self._numbers)}"

    def set_variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", self.endpoint)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
