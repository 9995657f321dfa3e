"""The seed of each test in this room: FAULT_SEED says what fails when, FAULT_ROUNDS how many seeds are tried."""

import os
from collections.abc import Generator, Iterator

import pytest
from support.fault_points import NO_LIBFIU, PRELOAD
from support.fault_sweep import FaultSweeper

FAULT_SEED = int(os.environ.get("FAULT_SEED", "1"))
FAULT_ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `fault_seed` runs once for each seed."""
    if "fault_seed" in metafunc.fixturenames:
        seeds = range(FAULT_SEED, FAULT_SEED + FAULT_ROUNDS)
        metafunc.parametrize("fault_seed", seeds, ids=[f"seed{seed}" for seed in seeds])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure says how it is repeated."""
    report = yield
    seed = getattr(item, "callspec", None) and item.callspec.params.get("fault_seed")  # type: ignore[attr-defined]
    if report.failed and seed is not None:
        test = item.nodeid.split("[")[0]
        report.sections.append(("repeat this", f"FAULT_SEED={seed} .venv/bin/python -m pytest '{test}'"))
    return report


@pytest.fixture(scope="session")
def sweeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultSweeper]:
    """Lets each step of an operation fail."""
    if not PRELOAD.exists():
        pytest.skip(NO_LIBFIU)
    sweeper = FaultSweeper(tmp_path_factory.mktemp("sweeper") / "log")
    yield sweeper
    sweeper.close()
