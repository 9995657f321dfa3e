"""Tables of events: how rows without an ``event_id`` are called."""

import tracemalloc
from pathlib import Path

from recsvc.connect.folder.event_table import read_events

HEADER = "type,user_id,item_id,occurred_at\n"


def test_a_row_is_called_by_what_it_says_and_how_often_it_was_said(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    tea, jam = "view,ada,TEA,2026-05-01T12:30:00Z\n", "view,ada,JAM,2026-05-01T12:30:00Z\n"
    file.write_text(HEADER + tea + jam + tea)
    names = [row.values["event_id"].split("/") for row in read_events(file)]
    assert [number for _, _, number in names] == ["1", "1", "2"]
    assert names[0][1] == names[2][1] != names[1][1]


def test_rows_are_not_kept_in_memory(tmp_path: Path) -> None:
    long = "x" * 1000  # so that few rows are more than the blocks of text in which a file is read

    def peak(n_rows: int) -> int:
        file = tmp_path / f"events-{n_rows}.csv"
        file.write_text(
            HEADER + "".join(f"view,{long},{one},2026-05-01T12:30:00Z\n" for one in range(n_rows))
        )
        tracemalloc.start()
        assert sum(1 for _ in read_events(file)) == n_rows
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(7000) - peak(3000) < 4000 * 50, "bytes of a row; its digest has 8"
