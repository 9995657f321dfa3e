import numpy as np
import pytest

from training.fit.neighbours import best_of_rows


def best(entries: list[tuple[int, int, float]], n: int) -> list[tuple[int, int]]:
    rows, columns, values = (np.asarray(column) for column in zip(*entries, strict=True))
    order = best_of_rows(rows.astype(np.int32), columns.astype(np.int32), values.astype(np.float32), n)
    return [(int(rows[at]), int(columns[at])) for at in order]


def test_each_row_keeps_its_best_in_order_of_value_then_column() -> None:
    entries = [(2, 1, 0.5), (0, 3, 1e-9), (0, 7, 3.0), (0, 1, 3.0), (2, 0, 700.0), (2, 5, 0.25)]
    assert best(entries, 2) == [(0, 1), (0, 7), (2, 0), (2, 1)]
    assert best(entries, 9) == [(0, 1), (0, 7), (0, 3), (2, 0), (2, 1), (2, 5)]


@pytest.mark.parametrize("n", [1, 3, 50])
def test_as_sorting_by_one_key_after_the_other(n: int) -> None:
    rng = np.random.default_rng(n)
    pairs = rng.permutation(40 * 60)[:900]
    entries = [
        (int(p // 60), int(p % 60), float(v)) for p, v in zip(pairs, rng.integers(1, 20, 900), strict=True)
    ]
    ordered = sorted(entries, key=lambda entry: (entry[0], -entry[2], entry[1]))
    wanted = [
        (row, column)
        for at, (row, column, _) in enumerate(ordered)
        if sum(e[0] == row for e in ordered[:at]) < n
    ]
    assert best(entries, n) == wanted


def test_nothing_has_no_best() -> None:
    nothing = np.empty(0, dtype=np.int32)
    assert len(best_of_rows(nothing, nothing, np.empty(0, dtype=np.float32), 5)) == 0
