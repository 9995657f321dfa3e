"""The rules of a placement as a shop writes them, in TOML or JSON, and what may stand there."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from recsvc.errors import RulesError
from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.ranking.query import MAX_N, Placement
from recsvc.rules.parser import MAX_LENGTH, parse
from recsvc.rules.phrases import field_of_cap, nearest
from recsvc.rules.placement_rules import Boost, Cap, Pin, PlacementRules, Rotation

MAX_BOOSTS, MAX_PINS, MAX_CAPS = 50, 50, 10
NAME_PATTERN = r"^[a-z0-9_-]{1,64}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_MAX_QUOTED = 80
_T = TypeVar("_T")


def _parsed(text: str) -> str:
    try:
        parse(text)
    except RulesError as error:
        raise ValueError(str(error)) from None
    return text


def _can_be_capped(by: str) -> str:
    try:
        field_of_cap(by)
    except RulesError as error:
        raise ValueError(str(error)) from None
    return by


def _unicode(text: str) -> str:
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("must be Unicode text without NUL")
    return text


def _moment(value: object) -> datetime:
    """Return ``value`` as a moment; a date is its beginning, and without an offset it is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("must be like 2026-12-01 or 2026-12-01T08:00:00+01:00") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise ValueError("must be a date, with or without a time")
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    if not _EPOCH <= moment <= _LATEST:
        raise ValueError("must be in the years 1970 to 9999")
    return moment


Text = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_unicode)]
Expression = Annotated[Text, AfterValidator(_parsed)]
ItemId = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH), AfterValidator(_unicode)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    Field(json_schema_extra={"pattern": "^(19[7-9]|[2-9][0-9][0-9])"}),
]


def _whole(value: object) -> object:
    """Return 2 for 2.0, which JSON does not tell apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class BoostTable(_Table):
    """What is multiplied."""

    when: Expression = Field(
        description="Which items; docs/rules.md has the language.", examples=["price <= 50"]
    )
    factor: float = Field(ge=0.01, le=100)


class PinTable(_Table):
    """What is fixed, where and when."""

    item_id: ItemId
    position: Whole = Field(ge=1, le=MAX_N)
    from_: Moment | None = Field(None, alias="from", description="Not before; UTC where no offset is given.")
    until: Moment | None = Field(None, description="Not from then on.")

    @model_validator(mode="after")
    def _in_order(self) -> "PinTable":
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            raise ValueError(f"until {self.until.isoformat()} must be after from {self.from_.isoformat()}")
        return self


class CapTable(_Table):
    """What there may be only so much of."""

    by: Annotated[Text, AfterValidator(_can_be_capped)] = Field(
        description="categories, of which the last counts, or an attribute.", examples=["brand"]
    )
    at_most: Whole = Field(ge=1, le=MAX_N)


class RotationTable(_Table):
    """What was shown in vain gives way."""

    after_impressions: Whole = Field(5, ge=1, le=1000)
    within_days: float = Field(14.0, gt=0, le=365)


class PlacementTable(_Table):
    """Rules of a placement; docs/rules.md describes each key."""

    base: Annotated[Placement, Strict(strict=False)] | None = Field(
        None, description="The built-in placement that ranks it; left out where it is one itself."
    )
    filter: Expression | None = Field(
        None, description="What every item meets.", examples=['"garden" in categories and price <= 50']
    )
    boosts: list[BoostTable] = Field(default_factory=list, max_length=MAX_BOOSTS)
    pins: list[PinTable] = Field(default_factory=list, max_length=MAX_PINS)
    caps: list[CapTable] = Field(default_factory=list, max_length=MAX_CAPS)
    exclude_bought_days: float | None = Field(
        None, gt=0, le=36_500, description="What the shopper bought so recently is left out."
    )
    min_stock: float | None = Field(
        None, ge=0, le=1e12, description="Items whose attribute stock is known and below it are left out."
    )
    rotation: RotationTable | None = None
    fill: Literal["trending", "none"] = Field(
        "trending", description="What fills a list that the filter left too short."
    )

    def to_rules(self, name: str) -> PlacementRules:
        """Return the rules of the placement ``name``; raises RulesError where the two do not go together."""
        rotation = None if self.rotation is None else Rotation(**dict(self.rotation))
        return PlacementRules(
            name=name,
            base=_base_of(name, self.base),
            filter=self.filter,
            boosts=tuple(Boost(one.when, one.factor) for one in self.boosts),
            pins=tuple(Pin(one.item_id, one.position, _us(one.from_), _us(one.until)) for one in self.pins),
            caps=tuple(Cap(one.by, one.at_most) for one in self.caps),
            exclude_bought_days=self.exclude_bought_days,
            min_stock=self.min_stock,
            rotation=rotation,
            fill=self.fill,
        )

    @classmethod
    def of(cls, rules: PlacementRules) -> "PlacementTable":
        """Return ``rules`` as they are written."""
        pins = [
            {"item_id": one.item_id, "position": one.position}
            | {"from": _text(one.from_us), "until": _text(one.until_us)}
            for one in rules.pins
        ]
        table = {name: getattr(rules, name) for name in cls.model_fields if name != "pins"}
        table |= {"boosts": list(map(vars, rules.boosts)), "caps": list(map(vars, rules.caps)), "pins": pins}
        table["rotation"] = None if rules.rotation is None else vars(rules.rotation)
        table["base"] = None if rules.name in set(Placement) else rules.base
        return cls.model_validate(table)

    def as_json(self) -> dict[str, Any]:
        """Return the table as values of JSON, without what is not set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def read_placement(name: str, table: object) -> PlacementRules:
    """Return the rules that ``table``, from TOML or JSON, says of the placement ``name``.

    Raises RulesError naming the placement, the key and the value.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise RulesError(
            f"a placement is named with 1 to 64 of a-z, 0-9, _ and -, got {name!r:.{_MAX_QUOTED}}"
        )
    if not isinstance(table, Mapping):
        raise RulesError(f"placement {name}: must be a table, got {table!r:.{_MAX_QUOTED}}")
    try:
        return PlacementTable.model_validate(table).to_rules(name)
    except ValidationError as error:
        found = "; ".join(_explain(one) for one in error.errors(include_url=False))
        raise RulesError(f"placement {name}: {found}") from error


def _base_of(name: str, base: Placement | None) -> Placement:
    built_in = next((one for one in Placement if one == name), None)
    if built_in is None and base is None:
        raise RulesError(f"placement {name}: base is missing; it is one of {', '.join(Placement)}")
    if built_in is not None and base not in (None, built_in):
        raise RulesError(
            f"placement {name}: base {base} contradicts its name, which is built in; leave base out"
        )
    return built_in or base or Placement.FOR_YOU


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _text(moment_us: int | None) -> str | None:
    return None if moment_us is None else (_EPOCH + timedelta(microseconds=moment_us)).isoformat()


def _explain(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no key {key:.{_MAX_QUOTED}}{_hint(str(error['loc'][-1]))}"
    message = error["msg"].removeprefix("Value error, ")
    value = error["input"]
    is_short = error["type"] != "missing" and not isinstance(value, dict | list)
    return f"{key}: {message}" + (f", got {value!r:.{_MAX_QUOTED}}" if is_short else "")


def _hint(key: str) -> str:
    tables = (PlacementTable, BoostTable, PinTable, CapTable, RotationTable)
    known = {field.alias or name for table in tables for name, field in table.model_fields.items()}
    meant = nearest(key, known, similar=0.6)
    return f"; did you mean {meant}?" if meant else ""
