"""A pipe, a directory, a device or a socket where a file should be is refused by name, and nothing waits for it."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsvc.catalogue.rows import read_rows
from recsvc.config_file import read_table
from recsvc.errors import RecsvcError
from recsvc.model.registry import Registry
from recsvc.plain_file import open_plain
from recsvc.store.store import open_store
from training.sources.content import open_binary
from training.tune.toml_block import check_mergeable

pytestmark = pytest.mark.timeout(20)  # a pipe that is opened is waited for without end


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _directory(path: Path) -> None:
    path.mkdir()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.fixture(params=[_pipe, _directory, _device], ids=["pipe", "directory", "device"])
def replaced(request: pytest.FixtureRequest) -> Callable[[Path], Path]:
    """Puts something else where a file is or could be."""

    def replace(path: Path) -> Path:
        path.unlink(missing_ok=True)
        request.param(path)
        return path

    return replace


Replace = Callable[[Path], Path]


@pytest.mark.parametrize("name", ["CURRENT", "1/manifest.json", "1/trending.npy", "1/ranker_all.txt"])
def test_of_a_model(registry: Registry, replaced: Replace, name: str) -> None:
    replaced(registry.directory / name)
    with pytest.raises(RecsvcError, match=Path(name).name):
        registry.load()


def test_the_lock_of_a_registry(registry: Registry, replaced: Replace) -> None:
    replaced(registry.directory / ".lock")
    with pytest.raises(RecsvcError, match="lock"):
        registry.rollback()


def test_settings(tmp_path: Path, replaced: Replace) -> None:
    path = replaced(tmp_path / "recsvc.toml")
    for read in (lambda: read_table(path, "service"), lambda: check_mergeable(path)):
        with pytest.raises(RecsvcError, match=r"recsvc\.toml is "):
            read()


def test_orders(tmp_path: Path, replaced: Replace) -> None:
    with pytest.raises(RecsvcError, match=r"orders\.csv is "):
        open_binary(str(replaced(tmp_path / "orders.csv")))


def test_a_product_export(tmp_path: Path, replaced: Replace) -> None:
    with (
        pytest.raises(RecsvcError, match=r"products\.csv is "),
        read_rows(replaced(tmp_path / "products.csv")),
    ):
        pass


def test_a_store(tmp_path: Path, replaced: Replace) -> None:
    store = open_store(f"sqlite:///{replaced(tmp_path / 'recsvc.db')}", timeout_seconds=0.5)
    with pytest.raises(RecsvcError, match=r"recsvc\.db"):
        store.prepare()
    store.close()


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        yield tmp_path / "s"


def test_a_socket(listening: Path) -> None:
    with pytest.raises(OSError, match="is a socket"):
        open_plain(listening)
