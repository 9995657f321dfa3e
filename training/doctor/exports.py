"""The same orders exported twice: whole files, periods that overlap, copies within a file."""

from collections.abc import Iterator
from itertools import combinations

import polars as pl

from training.doctor.diagnosis import MAX_EXAMPLES, Finding, Severity, counted, percentage
from training.doctor.history import ExaminedHistory
from training.sources.raw_orders import RAW_COLUMNS

SHARED_ROWS = 0.01
FEWEST_SHARED_ROWS = 5
FEW_COPIES, MANY_COPIES = 0.005, 0.05
COINCIDENCES = 0.2
"""Where a copy cannot be told from a second purchase, only a larger share of copies looks like an error."""


def exports(history: ExaminedHistory) -> Iterator[Finding]:
    """Yield every finding about rows that came more than once."""
    if len(history.raw.files) > 1:
        repeated = repeated_files(history)
        yield from repeated_file_findings(history, repeated)
        yield from overlapping_files(history, {file for files in repeated for file in files[1:]})
    yield from exact_copies(history)


def can_drop_copies(history: ExaminedHistory) -> bool:
    """Return whether the cleaning can tell a copy from a second purchase."""
    return history.has_times or bool(history.rows["order_id"].is_not_null().any())


def row_hashes(history: ExaminedHistory) -> pl.Series:
    """Return a hash of the text of each row, the same for copies."""
    compared = [name for name in RAW_COLUMNS if name in history.raw.lines.columns]
    return history.raw.lines.select(pl.col(name).to_physical() for name in compared).hash_rows()


def repeated_files(history: ExaminedHistory) -> list[list[int]]:
    """Return groups of two and more files with the same rows, in any order."""
    hashes = history.rows.select("file", row_hashes(history).alias("hash"))
    # The sum does not depend on the order of the rows, and wraps around without harm.
    prints = hashes.group_by("file").agg(pl.col("hash").sum(), pl.len().alias("n"))
    same = prints.group_by("hash", "n").agg(pl.col("file").sort()).filter(pl.col("file").list.len() > 1)
    return sorted(same["file"].to_list())


def repeated_file_findings(history: ExaminedHistory, repeated: list[list[int]]) -> Iterator[Finding]:
    """Report files that hold the same rows."""
    if not repeated:
        return
    n_rows = sum(history.raw.files[file].n_rows for files in repeated for file in files[1:])
    n_files = sum(len(files) - 1 for files in repeated)
    dropped = can_drop_copies(history)
    effect = "the copies are left out" if dropped else "each of their orders counts several times"
    yield Finding(
        "repeated_files",
        Severity.NOTE if dropped else Severity.WARNING,
        f"{counted(n_files, 'file')} with {counted(n_rows, 'row')} "
        f"{'repeats' if n_files == 1 else 'repeat'} another one; {effect}.",
        "Name each export once.",
        tuple(" = ".join(history.file_name(file) for file in files[:3]) for files in repeated[:MAX_EXAMPLES]),
    )


def overlapping_files(history: ExaminedHistory, copies: set[int]) -> Iterator[Finding]:
    """Report order lines that several files have, although the files are not the same."""
    hashed = history.rows.with_columns(row_hashes(history).alias("hash"))
    rows = hashed.filter(~pl.col("file").is_in(sorted(copies)), pl.col("item_id").is_not_null())
    shared = shared_lines(rows)
    if shared.height < max(FEWEST_SHARED_ROWS, SHARED_ROWS * rows.height / 2):
        return
    # Copies that a file shares with another one are those beyond the copies within it.
    exact = (
        rows.select("file", "hash").n_unique() - rows["hash"].n_unique() if can_drop_copies(history) else 0
    )
    again = max(0, int(shared["n_files"].sum()) - shared.height - exact)
    effect = f"{exact:,} exact copies are left out" + (f", {again:,} others count again" if again else "")
    yield Finding(
        "overlapping_files",
        Severity.WARNING if again else Severity.NOTE,
        f"{counted(shared.height, 'order line')} {'stands' if shared.height == 1 else 'stand'} in more than "
        f"one file; {effect}.",
        "Export periods that do not overlap, or one file with everything.",
        pairs_of_files(history, shared),
    )


def shared_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what stands in several files, with columns file (their list) and n_files."""
    key = ("user_id", "item_id", "order_id", "ordered_at")
    told_apart = pl.col("ordered_at").is_not_null() | pl.col("order_id").is_not_null()
    each = rows.lazy().filter(told_apart).select("file", *key).unique()
    files = each.group_by(key).agg(pl.col("file").sort(), pl.len().alias("n_files"))
    return files.filter(pl.col("n_files") > 1).select("file", "n_files").collect()


def pairs_of_files(history: ExaminedHistory, shared: pl.DataFrame) -> tuple[str, ...]:
    """Return the pairs of files that share the most."""
    times: dict[tuple[int, int], int] = {}
    for files, n in shared.group_by("file").agg(pl.len()).rows():
        for pair in combinations(files, 2):
            times[pair] = times.get(pair, 0) + n
    most = sorted(times.items(), key=lambda entry: (-entry[1], entry[0]))[:MAX_EXAMPLES]
    return tuple(f"{history.file_name(a)} and {history.file_name(b)}: {n:,} in both" for (a, b), n in most)


def exact_copies(history: ExaminedHistory) -> Iterator[Finding]:
    """Report copies within one file."""
    hashed = history.rows.select("file", row_hashes(history).alias("hash"))
    is_copy = ~hashed.select(pl.struct("file", "hash").is_first_distinct()).to_series()
    is_copy &= ~history.raw.lines["malformed"]
    n_copies = int(is_copy.sum())
    share, dropped = n_copies / history.n_rows, can_drop_copies(history)
    if not dropped and not history.has_dates:
        return  # lines of nothing but user and item repeat with every purchase
    if share < (FEW_COPIES if dropped else COINCIDENCES) or n_copies < FEWEST_SHARED_ROWS:
        return
    effect = "they are left out" if dropped else "without order ids or times they count as purchases"
    yield Finding(
        "exact_copies",
        Severity.WARNING if share >= MANY_COPIES else Severity.NOTE,
        f"{counted(n_copies, 'row')} ({percentage(share)}) repeat an earlier row exactly; {effect}.",
        "See whether the export joins tables that multiply its rows, and export the order id.",
        history.places(is_copy),
    )
