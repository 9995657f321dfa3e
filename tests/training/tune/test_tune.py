"""Both stages, on a small shop."""

import json
from pathlib import Path

import polars as pl
import pytest
from support.orders import DAY, NEWEST, order_lines
from support.tuning import SETTINGS, Record, shop, tuned, undated

from recsvc.errors import SettingsError, TuningError
from training.history.split import OrderLines
from training.settings import TrainingSettings, load_training_settings
from training.tune.space import FIRST_STAGE, RANKER
from training.tune.toml_block import toml_block
from training.tune.tune import NO_TREES, STOPPED, Tuning, tune
from training.tune.watch import TuningLimits

ALL_TRIED = [dimension.name for dimension in (*FIRST_STAGE, *RANKER)]


def kept_of(study: Path) -> list[dict[str, object]]:
    """What the study keeps, but for moments and the names of processes."""
    passing = {"worker_id", "datetime_start", "datetime_complete"}
    lines = map(json.loads, study.read_text().splitlines())
    return [{key: value for key, value in line.items() if key not in passing} for line in lines]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tune") / "tune.log"


@pytest.fixture(scope="module")
def tuning(study: Path) -> Tuning:
    return tuned(shop(), study)


def test_the_present_settings_stay_where_nothing_is_better(tuning: Tuning) -> None:
    for stage in tuning.stages:
        assert stage.start.number == 0
        assert stage.trials[0].value >= stage.start.value
        assert stage.chosen == (
            stage.best.values if stage.lead and stage.lead.low > 0 else stage.start.values
        )


def test_the_block_is_read_back_as_what_was_chosen(tuning: Tuning, tmp_path: Path) -> None:
    (tmp_path / "recsvc.toml").write_text(toml_block(tuning.chosen))
    read = load_training_settings(tmp_path / "recsvc.toml", {}, {})
    assert {name: getattr(read, name) for name in tuning.chosen} == tuning.chosen
    assert list(tuning.chosen) == [name for name in ALL_TRIED if name in tuning.chosen]
    assert {"factors", "half_life_days"} <= set(tuning.chosen)


def test_what_is_measured_is_neither_all_nor_nothing(tuning: Tuning) -> None:
    assert 0.2 < tuning.stages[0].start.value < 0.8


def test_no_shopper_stands_in_the_study(tuning: Tuning, study: Path) -> None:
    assert "u07" not in study.read_text()


def test_orders_of_the_reported_window_change_nothing(tuning: Tuning, study: Path, tmp_path: Path) -> None:
    reported = pl.col("ordered_at") > NEWEST - 28 * DAY
    other_items = pl.when(reported).then(pl.lit("i00")).otherwise("item_id").alias("item_id")
    others = [(f"new{i}", f"hit{i % 3}", i % 20, f"n{i}") for i in range(40)]
    changed = pl.concat([shop().lines.with_columns(other_items), order_lines(*others)])
    again = tuned(OrderLines(changed, shop().guest_lines), tmp_path / "other.log")
    assert kept_of(tmp_path / "other.log") == kept_of(study)
    assert again.chosen == tuning.chosen


def test_other_orders_before_it_do_and_are_refused_by_an_old_study(tuning: Tuning, study: Path) -> None:
    before = pl.col("ordered_at") <= NEWEST - 28 * DAY
    swapped = pl.when(before).then(pl.lit("i00")).otherwise("item_id").alias("item_id")
    orders = OrderLines(shop().lines.with_columns(swapped), shop().guest_lines)
    with pytest.raises(SettingsError, match=r"tune\.log was made from other orders: delete the file"):
        tuned(orders, study)


def test_settings_that_are_not_tried_must_not_change_between_runs(tuning: Tuning, study: Path) -> None:
    with pytest.raises(SettingsError, match="with other settings than those that are tried"):
        tuned(shop(), study, settings=SETTINGS.model_copy(update={"window_days": 14}))


def test_a_study_that_has_its_trials_only_tells_them(tuning: Tuning, study: Path) -> None:
    before = study.read_bytes()
    again = tuned(shop(), study)
    assert study.read_bytes() == before
    assert again.chosen == tuning.chosen


def test_undated_orders_are_tuned_without_half_lives(tmp_path: Path) -> None:
    found = tuned(undated(shop(n_orders=5)), tmp_path / "tune.log")
    assert found.stages[0].start.value > 0
    assert "factors" in found.chosen
    assert not {"half_life_days", "recent_half_life_days"} & set(found.chosen)


def test_where_trees_cannot_be_learned_their_settings_are_not_tried(tmp_path: Path) -> None:
    found = tuned(shop(n_users=24, n_orders=7), tmp_path / "tune.log", trials=1)
    assert len(found.stages) == 1
    assert found.notes == (NO_TREES,)


def test_ctrl_c_ends_the_trials_with_what_was_found_so_far(tmp_path: Path) -> None:
    class Impatient(Record):
        def window_begins(self, trial: int, window: int, n_windows: int, minutes_left: float) -> None:
            if trial == 1 and window == 2:
                raise KeyboardInterrupt

    found = tune(shop(), SETTINGS, tmp_path / "tune.log", TuningLimits(5), Impatient())
    assert [stage.n_trials for stage in found.stages] == [1]
    assert found.notes == (STOPPED,)
    assert found.chosen == found.stages[0].start.values


def test_too_little_time_for_anything_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TuningError, match=r"in 0\.0001 minutes: give --minutes more"):
        tune(shop(), TrainingSettings(threads=1), tmp_path / "tune.log", TuningLimits(0.0001), Record())
