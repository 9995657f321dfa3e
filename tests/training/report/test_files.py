from pathlib import Path

from training.report.files import prune_reports


def test_the_report_of_the_run_itself_stays_whatever_the_clock_named_it(tmp_path: Path) -> None:
    for name in ("0", "5", "6", "7"):
        (tmp_path / name).mkdir()
    prune_reports(tmp_path / "0", keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "6", "7"]
