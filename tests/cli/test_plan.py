from pathlib import Path

import pytest
from click.testing import CliRunner

from recsvc.cli.main import recsvc
from recsvc.cli.plan import Budget, Constants, ShopSize
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings

EASY = Constants(
    machine="a machine",
    version_bytes=1_000_000,
    version_bytes_per_item=1000,
    version_bytes_per_user=100,
    version_bytes_per_user_item=10,
    service_bytes=100_000_000,
    worker_bytes=50_000_000,
    worker_bytes_per_item=200,
    redis_bytes_per_user=200,
    redis_bytes_per_list=400,
    train_seconds=10,
    train_seconds_per_order_line=0.001,
    large_users=1_000_000,
    large_train_seconds=40,
    large_train_seconds_per_order_line=0.0001,
    user_items_per_user=5,
    order_lines_per_user=20,
)


def plan(*arguments: str) -> str:
    done = CliRunner().invoke(recsvc, ["plan", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_budget_adds_up() -> None:
    settings = Settings(workers=3, near_cache_bytes=10_000_000)
    budget = Budget(ShopSize.of_counts(10_000, 2_000, EASY), settings, 2, EASY)
    assert budget.shop.version_bytes == 1_000_000 + 2_000_000 + 1_000_000 + 500_000
    assert budget.worker_bytes == 50_000_000 + 400_000 + 10_000_000
    assert budget.workers_bytes == 4_500_000 + 100_000_000 + 3 * 60_400_000
    assert budget.user_bytes == 1000
    assert budget.redis_bytes == 10_000_000
    assert budget.maxmemory_bytes == 2 * 16 * 2**20  # of two versions, and a fifth is for the rest
    assert budget.train_seconds == 10 + 200


def test_of_many_shoppers_a_run_learns_from_a_part() -> None:
    large = Budget(ShopSize.of_counts(1_000_001, 2_000, EASY), Settings(), 1, EASY)
    assert large.train_seconds == pytest.approx(40 + 0.0001 * 20 * 1_000_001)


def test_the_constants_that_come_along_are_believable() -> None:
    constants = Constants.measured()
    assert constants.redis_bytes_per_user + constants.redis_bytes_per_list < 4000
    assert 1000 < constants.version_bytes_per_item < 10_000
    assert 10e6 < constants.worker_bytes < 500e6
    assert constants.train_seconds_per_order_line > 0


def test_more_shoppers_need_more_of_everything() -> None:
    few, many = (Budget(ShopSize.of_counts(n, 1000, EASY), Settings(), 1, EASY) for n in (1000, 2000))
    assert many.redis_bytes == 2 * few.redis_bytes
    assert many.workers_bytes > few.workers_bytes
    assert many.train_seconds > few.train_seconds


def test_a_version_is_weighed_by_its_files(registry: Registry) -> None:
    shop = ShopSize.live(registry)
    assert (shop.n_users, shop.n_items) == (4, 7)
    assert shop.version_bytes == sum(path.stat().st_size for path in (registry.directory / "1").iterdir())
    assert "4  users; 7 items" in plan("--models-dir", str(registry.directory))


def test_a_plan_says_what_to_write_into_the_configuration_of_redis() -> None:
    lines = [line.strip() for line in plan("--users", "100000", "--items", "5000").splitlines()]
    assert "maxmemory-policy allkeys-lru" in lines
    assert any(line.startswith("maxmemory ") and line.endswith("mb") for line in lines)


@pytest.mark.parametrize("option", ["--users", "--items"])
def test_users_without_items_is_wrong_usage(option: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(recsvc, ["plan", option, "5", "--models-dir", str(tmp_path)])
    assert done.exit_code == 2
