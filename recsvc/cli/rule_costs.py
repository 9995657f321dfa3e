"""What each rule costs, as ``recsvc rules check`` shows it."""

from collections.abc import Callable, Iterator, Sequence

from recsvc.rules.cost import (
    MAX_LIST_SECONDS,
    MAX_RENEWAL_SECONDS,
    BookCost,
    CatalogueSize,
    Cost,
    PlacementCost,
    in_mebibytes,
    in_milliseconds,
)

MAX_RULES = 10
"""Of a placement, so many rules are shown one by one."""

_HEADINGS = ("placement", "rule", "fields", "memory", "after a change", "each list")
_ALIGNED: Sequence[Callable[[str, int], str]] = (
    str.ljust,
    str.ljust,
    str.rjust,
    str.rjust,
    str.rjust,
    str.rjust,
)


def cost_table(cost: BookCost, size: CatalogueSize) -> Iterator[str]:
    """Yield the lines of a table: what each rule costs, what all cost together, and what they may; none without any."""
    rows = [row for name, placement in cost.placements.items() for row in _rows(name, placement, size)]
    if not rows:
        return
    rows.append(("all together", "", str(len(cost.fields())), *_cells(cost.on(size))))
    rows.append(("may take", "", "", *_cells(Cost(cost.max_bytes, MAX_RENEWAL_SECONDS, MAX_LIST_SECONDS))))
    yield f"Costs in each worker, at most, on {size.n_items:,} items (together, a field counts once):"
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    for row in (_HEADINGS, *_without_repeated_names(rows)):
        cells = (align(cell, width) for align, cell, width in zip(_ALIGNED, row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _rows(name: str, placement: PlacementCost, size: CatalogueSize) -> Iterator[tuple[str, ...]]:
    """Yield a row for each rule, but of many the dearest alone and one for all others."""
    by_cost = sorted(placement.rules, key=lambda rule: -rule.on(size).n_bytes)
    shown, others = by_cost[:MAX_RULES], by_cost[MAX_RULES:]
    for rule in placement.rules:
        if rule in shown:
            yield (name, rule.rule, str(len(rule.fields)), *_cells(rule.on(size)))
    if others:
        costs = [rule.on(size) for rule in others]
        together = Cost(
            sum(cost.n_bytes for cost in costs),
            sum(cost.renewal_seconds for cost in costs),
            sum(cost.list_seconds for cost in costs),
        )
        n_fields = len(frozenset().union(*(rule.fields for rule in others)))
        yield (name, f"{len(others)} others", str(n_fields), *_cells(together))


def _cells(cost: Cost) -> tuple[str, str, str]:
    list_time = in_milliseconds(cost.list_seconds) if cost.list_seconds else "-"
    return in_mebibytes(cost.n_bytes), in_milliseconds(cost.renewal_seconds), list_time


def _without_repeated_names(rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    before = ""
    for name, *rest in rows:
        yield ("" if name == before else name, *rest)
        before = name
