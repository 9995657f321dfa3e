"""Which column of a file means what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from recsvc.errors import SettingsError, UnusableExportError
from training.sources.aliases import ALIASES, EMAIL_ALIASES, STOCK_KEEPING_UNITS, normalise_name
from training.sources.exports import order_export, unusable_export
from training.sources.exports.export import Finish, OrderExport
from training.sources.raw_orders import RAW_COLUMNS

NO_USER = ("", "nan", "null", "none", "n/a", "na", "\\n", "-", "0", "0.0", "guest")
DATA_LIKE = re.compile(r"[\s\d.,:/+-]*\d[\s\d.,:/+-]*")


@dataclass(frozen=True)
class ColumnPlan:
    """How the columns of one file fill the canonical ones.

    `sources` gives for each canonical column the 0-based positions that fill it, row by row the first not
    blank; `nested` the positions of columns with whole line items; `finish` is applied to the file as a
    whole.
    """

    format_name: str
    names: tuple[str, ...]
    sources: Mapping[str, tuple[int, ...]]
    nested: tuple[int, ...] = ()
    finish: Finish | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """All positions that have to be read, ascending."""
        return tuple(sorted({*self.nested, *(i for indices in self.sources.values() for i in indices)}))

    @property
    def mapping(self) -> dict[str, str]:
        """Canonical column to header names, for people."""
        mapping = {name: ", then ".join(self.names[i] for i in at) for name, at in self.sources.items()}
        if self.nested:
            shown = [self.names[i] for i in self.nested]
            mapping["line items"] = ", ".join(shown) if len(shown) < 4 else f"{shown[0]} to {shown[-1]}"
        return mapping

    def canonical(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rename and coalesce the columns `column_<position>` of a table that was read."""
        filled = [self._filled(table, name, at).alias(name) for name, at in self.sources.items()]
        nested = [table[f"column_{i}"].alias(f"nested_{n}") for n, i in enumerate(self.nested, 1)]
        return table.select("row", "malformed", *filled, *nested)

    def _filled(self, table: pl.DataFrame, name: str, at: tuple[int, ...]) -> pl.Series:
        first, *others = (table[f"column_{i}"] for i in at)
        if not others:
            return first
        filled = without_blanks(first, name)
        for other in others:
            if not filled.null_count():
                break
            filled = filled.zip_with(filled.is_not_null(), without_blanks(other, name))
        return filled


def without_blanks(texts: pl.Series, canonical: str) -> pl.Series:
    """Return the texts with null where another column has to stand in."""
    blank = NO_USER if canonical == "user_id" else NO_USER[:-3]
    at = (texts.str.strip_chars().str.len_bytes() <= max(map(len, blank))).fill_null(value=False).arg_true()
    is_blank = texts.gather(at).str.strip_chars().str.to_lowercase().is_in(blank)
    return texts.scatter(at.filter(is_blank), None) if is_blank.any() else texts


def recognise_columns(path: str, names: Sequence[str], columns: Mapping[str, str]) -> ColumnPlan:
    """Find the canonical columns among the header `names`; `columns` (canonical to header name) wins.

    Raises UnusableExportError when user or item cannot be found, SettingsError for an unknown canonical name.
    """
    check_canonical_names(columns)
    if not names:
        raise UnusableExportError(f"{path} has no line that is a JSON object; write one object on each line.")
    position_of: dict[str, int] = {}
    for position, name in enumerate(names):
        position_of.setdefault(normalise_name(name), position)
    export = None if "item_id" in columns else order_export(position_of.keys())
    sources = export_sources(export, position_of) if export else generic_sources(position_of)
    sources |= mapped_sources(path, names, columns)
    plan = ColumnPlan(
        format_name=export.name if export else "order lines",
        names=tuple(names),
        sources={name: sources[name] for name in RAW_COLUMNS if name in sources},
        nested=nested_positions(export, position_of) if export else (),
        finish=export.finish if export else None,
    )
    if not ("user_id" in sources and "item_id" in columns):
        refuse_unusable(path, names, position_of, plan)
    return plan


def check_canonical_names(columns: Mapping[str, str]) -> None:
    """Raise SettingsError for a mapped column that does not exist."""
    unknown = [name for name in columns if name not in RAW_COLUMNS]
    if unknown:
        raise SettingsError(f"unknown column {unknown[0]!r}; an order line has {', '.join(RAW_COLUMNS)}")


def export_sources(export: OrderExport, position_of: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return the positions that fill each canonical column of a known export."""
    sources = {
        canonical: tuple(position_of[alias] for alias in aliases if alias in position_of)
        for canonical, aliases in export.columns.items()
    }
    return {canonical: at for canonical, at in sources.items() if at}


def nested_positions(export: OrderExport, position_of: Mapping[str, int]) -> tuple[int, ...]:
    """Return positions of the columns that hold whole line items."""
    if export.nested_prefix:
        pattern = re.compile(rf"{export.nested_prefix}\d+")
        return tuple(position for name, position in position_of.items() if pattern.fullmatch(name))
    return tuple(position_of[name] for name in export.nested if name in position_of)


def generic_sources(position_of: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return positions by alias, best alias first; blank user ids give way to e-mail, blank SKUs to the title."""
    found = {
        canonical: [alias for alias in aliases if alias in position_of]
        for canonical, aliases in ALIASES.items()
    }
    sources: dict[str, tuple[int, ...]] = {
        canonical: (position_of[aliases[0]],) for canonical, aliases in found.items() if aliases
    }
    emails = [position_of[alias] for alias in found["user_id"] if alias in EMAIL_ALIASES]
    if emails and emails[0] not in sources["user_id"]:
        sources["user_id"] += (emails[0],)
    if found["item_id"] and found["item_id"][0] in STOCK_KEEPING_UNITS:
        sources["item_id"] += tuple(i for i in sources.get("title", ()) if i not in sources["item_id"])
    return sources


def mapped_sources(path: str, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Return positions of the columns named by hand."""
    for canonical, name in columns.items():
        if name not in names:
            raise UnusableExportError(
                f"{path} has no column {name!r}, which was named for {canonical}; it has {listed(names)}"
            )
    return {canonical: (names.index(name),) for canonical, name in columns.items()}


def refuse_unusable(
    path: str, names: Sequence[str], position_of: Mapping[str, int], plan: ColumnPlan
) -> None:
    """Raise UnusableExportError when the file cannot say who bought what."""
    export = unusable_export(position_of.keys())
    if export is not None:
        raise UnusableExportError(f"{path} looks like {export.name}: {export.problem}; {export.remedy}.")
    has_items = "item_id" in plan.sources or plan.nested
    missing = [
        name for name, there in (("user_id", "user_id" in plan.sources), ("item_id", has_items)) if not there
    ]
    if not missing:
        return
    if not plan.sources and any(DATA_LIKE.fullmatch(name) for name in names):
        raise UnusableExportError(
            f"{path} has no header: its first row looks like data ({listed(names)}); add a first line with "
            "the names of the columns, for example user_id,item_id,ordered_at,quantity."
        )
    options = " ".join(f"--column {name}=<one of the columns>" for name in missing)
    raise UnusableExportError(
        f"{path} has no column for {' and '.join(missing)}{catalogue_hint(plan)}; found were "
        f"{described(plan)}, the columns are {listed(names)}. Export one row for each product in an order, "
        f"with the customer and the product, or say which column it is: {options}"
    )


def catalogue_hint(plan: ColumnPlan) -> str:
    """Return a remark when a file has products but nobody who bought them."""
    if "item_id" in plan.sources and not {"user_id", "order_id", "ordered_at"} & plan.sources.keys():
        return " and looks like a product catalogue"
    return ""


def described(plan: ColumnPlan) -> str:
    """Return the recognised columns, for a message."""
    return ", ".join(f"{name} ({header})" for name, header in plan.mapping.items()) or "none"


def listed(names: Sequence[str]) -> str:
    """Return header names for a message, not more than thirty."""
    shown = ", ".join(repr(name) for name in names[:30])
    return shown if len(names) <= 30 else f"{shown} and {len(names) - 30} more"
