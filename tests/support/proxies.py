"""nginx and HAProxy in front of two services, with the very files of ``deploy``, on free ports of loopback."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from support.processes import Service, becomes_true, free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
KINDS = ("nginx", "haproxy")
NO_PROXY = "needs nginx and haproxy: apt-get install nginx haproxy"
_NGINX = """
{user}
worker_processes 1;
pid {directory}/pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{sites}
}}
"""


def find_program(name: str) -> str | None:
    """Return where a program is; Debian keeps these off the PATH of users."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def has_proxies() -> bool:
    return all(map(find_program, KINDS))


class Proxy:
    """One of them, in front of services; it is asked as a service is."""

    get, post, delete, text, status = Service.get, Service.post, Service.delete, Service.text, Service.status

    def __init__(self, kind: str, ports: Sequence[int], directory: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        directory.mkdir()
        self.command, check = configured(kind, self.port, ports, directory)
        self.checked = subprocess.run(check, capture_output=True, text=True, check=False)
        assert self.checked.returncode == 0, self.checked.stderr
        self._log = (directory / "log").open("w")
        self._process = subprocess.Popen(self.command, stdout=self._log, stderr=self._log)
        assert becomes_true(lambda: self.status("/v1/model") in (200, 401), 20), (
            directory / "log"
        ).read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()


def configured(kind: str, port: int, ports: Sequence[int], directory: Path) -> tuple[list[str], list[str]]:
    """Write the example for ``kind`` with these ports; return how to start it, and how to have it checked."""
    return (_nginx if kind == "nginx" else _haproxy)(port, ports, directory)


def _nginx(port: int, ports: Sequence[int], directory: Path) -> tuple[list[str], list[str]]:
    text = (DEPLOY / "nginx/recsvc.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
    config = directory / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""  # another one could not write where tests may
    config.write_text(_NGINX.format(user=user, directory=directory, sites=_moved(text, ports)))
    program = [str(find_program("nginx")), "-p", str(directory), "-c", str(config), "-e", "stderr"]
    return [*program, "-g", "daemon off;"], [*program, "-t"]


def _haproxy(port: int, ports: Sequence[int], directory: Path) -> tuple[list[str], list[str]]:
    text = (DEPLOY / "haproxy/haproxy.cfg").read_text().replace("bind :80", f"bind 127.0.0.1:{port}")
    config = directory / "haproxy.cfg"
    config.write_text(_moved(text, ports))
    program = [str(find_program("haproxy")), "-f", str(config)]
    return [*program, "-db"], [*program, "-c"]


def _moved(text: str, ports: Sequence[int]) -> str:
    for number, port in enumerate(ports, 1):
        assert f"10.0.0.1{number}:8000" in text
        text = text.replace(f"10.0.0.1{number}:8000", f"127.0.0.1:{port}")
    return text
