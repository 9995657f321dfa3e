"""The rules of a placement as fields of a form: the common things each in a field, the rest as text beside them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recsvc.errors import RulesError
from recsvc.rules.placement_rules import MAX_NEVER

SPARE_ROWS = 1
MAX_ROWS = 60
_NEVER = re.compile(r"(?:\((?P<rest>.*)\) and )?item_id not in \[(?P<ids>[^\[\]]*)\]", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_IS = re.compile(
    r'attributes\.(?:(?P<name>[A-Za-z_]\w*)|"(?P<quoted>[^"]*)") == (?:"(?P<value>[^"]*)"|\'(?P<other>[^\']*)\')'
)
_IN_CATEGORY = re.compile(r'(?:"(?P<value>[^"]*)"|\'(?P<other>[^\']*)\') in categories')
CATEGORY = "category"
"""What a form calls the field ``categories`` of an item."""


@dataclass(frozen=True)
class PinRow:
    """An item at a position, from one moment to another; all as written."""

    item_id: str = ""
    position: str = ""
    begin: str = ""
    until: str = ""


@dataclass(frozen=True)
class BoostRow:
    """Items whose ``field`` is ``value``, and the factor; as written."""

    field: str = ""
    value: str = ""
    factor: str = ""


@dataclass(frozen=True)
class RuleForm:
    """Rules as a form shows them; everything is text as written, and blank where it is not set.

    Attributes:
        base: the built-in placement that ranks it; "" where it is one.
        never: ids of items that are never shown.
        filter: what every item meets beside that.
        pins, boosts, caps: rows; a cap is a field and a number.
        expressions: boosts of other kinds: an expression and a factor.
        exclude_bought_days, min_stock, variants, fill: as in the rules.
        rotation: after how many impressions, within how many days.
    """

    base: str = ""
    never: tuple[str, ...] = ()
    filter: str = ""
    pins: tuple[PinRow, ...] = ()
    boosts: tuple[BoostRow, ...] = ()
    expressions: tuple[tuple[str, str], ...] = ()
    caps: tuple[tuple[str, str], ...] = ()
    exclude_bought_days: str = ""
    min_stock: str = ""
    variants: str = ""
    fill: str = ""
    rotation: tuple[str, str] = ("", "")

    @classmethod
    def of_rules(cls, rules: Mapping[str, Any]) -> "RuleForm":
        """Return the form of rules as JSON has them."""
        never, rest = split_filter(rules.get("filter") or "")
        simple, others = [], []
        for boost in rules.get("boosts", ()):
            row = _boost_row(boost["when"], _text(boost["factor"]))
            if row is None:
                others.append((boost["when"], _text(boost["factor"])))
            else:
                simple.append(row)
        rotation = rules.get("rotation") or {}
        return cls(
            base=rules.get("base") or "",
            never=tuple(dict.fromkeys((*rules.get("never", ()), *never))),
            filter=rest,
            pins=tuple(
                PinRow(
                    pin["item_id"], _text(pin["position"]), _local(pin.get("from")), _local(pin.get("until"))
                )
                for pin in rules.get("pins", ())
            ),
            boosts=tuple(simple),
            expressions=tuple(others),
            caps=tuple(
                (CATEGORY if cap["by"] == "categories" else cap["by"], _text(cap["at_most"]))
                for cap in rules.get("caps", ())
            ),
            exclude_bought_days=_text(rules.get("exclude_bought_days")),
            min_stock=_text(rules.get("min_stock")),
            variants=rules.get("variants") or "",
            fill=rules.get("fill") or "",
            rotation=(_text(rotation.get("after_impressions")), _text(rotation.get("within_days"))),
        )

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> "RuleForm":
        """Return the form that somebody sent."""

        def said(name: str) -> str:
            return fields.get(name, "").strip()

        def rows(*names: str) -> list[tuple[str, ...]]:
            found = (tuple(said(f"{name}-{row}") for name in names) for row in range(MAX_ROWS))
            return [row for row in found if any(row)]

        return cls(
            base=said("base"),
            never=tuple(line.strip() for line in fields.get("never", "").splitlines() if line.strip()),
            filter=said("filter"),
            pins=tuple(PinRow(*row) for row in rows("pin-item", "pin-position", "pin-from", "pin-until")),
            boosts=tuple(BoostRow(*row) for row in rows("boost-field", "boost-value", "boost-factor")),
            expressions=tuple((row[0], row[1]) for row in rows("when", "when-factor")),
            caps=tuple((row[0], row[1]) for row in rows("cap-by", "cap-most")),
            exclude_bought_days=said("exclude_bought_days"),
            min_stock=said("min_stock"),
            variants=said("variants"),
            fill=said("fill"),
            rotation=(said("rotation-after"), said("rotation-days")),
        )

    def to_rules(self) -> dict[str, Any]:
        """Return the rules as JSON has them; raises RulesError where a field cannot be read."""
        never = list(dict.fromkeys(self.never))
        if len(never) > MAX_NEVER:
            raise RulesError(
                f"at most {MAX_NEVER:,} items can be named that a placement never shows, these are {len(never):,}"
                ": leave them out by a category or an attribute (“Every item meets”), or mark them as not in stock"
            )
        found: dict[str, Any] = {
            "base": self.base or None,
            "filter": self.filter or None,
            "never": never,
            "boosts": [
                *(
                    {"when": _when(row), "factor": _number(row.factor, "the factor of a boost")}
                    for row in self.boosts
                ),
                *(
                    {"when": when, "factor": _number(by, "the factor of a boost")}
                    for when, by in self.expressions
                ),
            ],
            "pins": [_pin(row) for row in self.pins],
            "caps": [
                {"by": "categories" if by == CATEGORY else by, "at_most": _whole(most, "the most of a cap")}
                for by, most in self.caps
            ],
            "exclude_bought_days": _maybe(self.exclude_bought_days, "the days since it was bought"),
            "min_stock": _maybe(self.min_stock, "the smallest stock"),
            "variants": self.variants or None,
            "fill": self.fill or None,
        }
        if any(self.rotation):
            after, days = self.rotation
            found["rotation"] = {
                **({"after_impressions": _whole(after, "how often it was shown")} if after else {}),
                **({"within_days": _number(days, "the days of a rotation")} if days else {}),
            }
        return {name: value for name, value in found.items() if value not in (None, [])}

    def with_never(self, item_id: str) -> "RuleForm":
        """Return the form with an item that is never shown, and that is pinned nowhere."""
        pins = tuple(row for row in self.pins if row.item_id != item_id)
        return replace(self, never=tuple(dict.fromkeys([*self.never, item_id])), pins=pins)

    def without_never(self, item_id: str) -> "RuleForm":
        """Return the form with an item that may be shown again."""
        return replace(self, never=tuple(one for one in self.never if one != item_id))

    def with_pin(self, row: PinRow) -> "RuleForm":
        """Return the form with an item pinned, in place of any other pin of it, and shown again."""
        others = tuple(pin for pin in self.pins if pin.item_id != row.item_id)
        return replace(self.without_never(row.item_id), pins=(*others, row))

    def without_pin(self, item_id: str) -> "RuleForm":
        """Return the form without any pin of an item."""
        return replace(self, pins=tuple(pin for pin in self.pins if pin.item_id != item_id))


def split_filter(text: str) -> tuple[tuple[str, ...], str]:
    """Return the items that a filter never lets through by their ids, and the rest of it."""
    found = _NEVER.fullmatch(text)
    if found is None or (found["rest"] and not _is_balanced(found["rest"])):
        return (), text
    return tuple(one or other for one, other in _QUOTED.findall(found["ids"])), found["rest"] or ""


def quoted(text: str) -> str:
    """Return a text as rules write it; raises RulesError where they cannot."""
    if '"' not in text and "\n" not in text and "\\" not in text:
        return f'"{text}"'
    if "'" in text or "\n" in text or "\r" in text:
        raise RulesError(f"a rule cannot name {text[:80]!r}: it holds both kinds of quotes, or a line break")
    return f"'{text}'"


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in re.sub(_QUOTED, "", text):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def _boost_row(when: str, factor: str) -> BoostRow | None:
    found = _IS.fullmatch(when)
    if found:
        return BoostRow(found["name"] or found["quoted"], found["value"] or found["other"] or "", factor)
    found = _IN_CATEGORY.fullmatch(when)
    return BoostRow(CATEGORY, found["value"] or found["other"] or "", factor) if found else None


def _when(row: BoostRow) -> str:
    if not row.field or not row.value:
        raise RulesError("a boost needs a field and a value: which items are to move?")
    if row.field == CATEGORY:
        return f"{quoted(row.value)} in categories"
    is_plain = re.fullmatch(r"[A-Za-z_]\w*", row.field, re.ASCII)
    name = row.field if is_plain else quoted(row.field)
    return f"attributes.{name} == {quoted(row.value)}"


def _pin(row: PinRow) -> dict[str, Any]:
    if not row.item_id:
        raise RulesError("a pin needs an item: name its id")
    times = {"from": row.begin, "until": row.until}
    return {
        "item_id": row.item_id,
        "position": _whole(row.position or "1", f"the position of {row.item_id[:80]}"),
        **{name: value for name, value in times.items() if value},
    }


def _local(moment: str | None) -> str:
    """Return a moment as ``<input type=datetime-local>`` takes it, in UTC."""
    if not moment:
        return ""
    return moment[:16] if moment[16:19] in ("", ":00") else moment[:19]


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:g}" if abs(number) < 1e6 else str(number)


def _number(text: str, what: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise RulesError(f"{what} must be a number, got {text[:80]!r}") from None


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise RulesError(f"{what} must be a whole number, got {text[:80]!r}")
    return int(text)


def _maybe(text: str, what: str) -> float | None:
    return _number(text, what) if text else None


def with_spare(rows: Sequence[Any], blank: object) -> list[Any]:
    """Return rows with blank ones behind them, for more."""
    return [*rows, *([blank] * SPARE_ROWS)][:MAX_ROWS]
