"""The rules of one placement, as a shop writes them in TOML or JSON, and what may stand there."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

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
from recsvc.value_errors import in_words

MAX_BOOSTS, MAX_PINS, MAX_CAPS = 50, 50, 10
MAX_NEVER = 5000
NAME_PATTERN = r"^[a-z0-9_-]{1,64}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_MAX_QUOTED = 80


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
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must be Unicode text without NUL")
    return text


def _moment(value: object) -> datetime:
    """Return ``value`` as a moment in UTC; a date is its beginning, and a time without an offset is UTC."""
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
    return moment.astimezone(UTC)


Text = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_unicode)]
Expression = Annotated[Text, AfterValidator(_parsed)]
ItemId = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH), AfterValidator(_unicode)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    Field(json_schema_extra={"pattern": "^(19[7-9]|[2-9][0-9][0-9])"}),
]


def whole(value: object) -> object:
    """Return 2 for 2.0, which JSON does not tell apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Boost(_Written):
    """Multiplies the score of the items that meet ``when`` by ``factor``."""

    when: Expression = Field(
        description="Which items; docs/guides/rules.md has the language.", examples=["price <= 50"]
    )
    factor: float = Field(ge=0.01, le=100)


class Pin(_Written):
    """Puts an item at a position, 1 for the first, from one moment to another."""

    item_id: ItemId
    position: Whole = Field(ge=1, le=MAX_N)
    from_: Moment | None = Field(None, alias="from", description="Not before; UTC where no offset is given.")
    until: Moment | None = Field(None, description="Not from then on.")

    @model_validator(mode="after")
    def _in_order(self) -> "Pin":
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            raise ValueError(f"until {self.until.isoformat()} must be after from {self.from_.isoformat()}")
        return self

    @property
    def bounds_us(self) -> tuple[int | None, int | None]:
        """When it begins and ends, in microseconds since 1970; None where it does not."""
        return _us(self.from_), _us(self.until)

    def is_active_at(self, now_us: int) -> bool:
        """Return whether the item is pinned at ``now_us``, in microseconds since 1970."""
        from_us, until_us = self.bounds_us
        return (from_us is None or from_us <= now_us) and (until_us is None or now_us < until_us)


class Cap(_Written):
    """Lets at most ``at_most`` items of a list share one value of the field ``by``."""

    by: Annotated[Text, AfterValidator(_can_be_capped)] = Field(
        description="categories, of which the last counts, or an attribute.", examples=["brand"]
    )
    at_most: Whole = Field(ge=1, le=MAX_N)


class Rotation(_Written):
    """Moves items that a shopper was shown so often within so many days, and never turned to, behind all others."""

    after_impressions: Whole = Field(5, ge=1, le=1000)
    within_days: float = Field(14.0, gt=0, le=365)


class PlacementRules(_Written):
    """Rules of a placement; docs/guides/rules.md describes each key."""

    base: Annotated[Placement, Strict(strict=False)] | None = Field(
        None, description="The built-in placement that ranks it; left out where it is one itself."
    )
    filter: Expression | None = Field(
        None, description="What every item meets.", examples=['"garden" in categories and price <= 50']
    )
    never: list[ItemId] = Field(
        default_factory=list,
        max_length=MAX_NEVER,
        description="Ids of items that are not shown, in any spelling.",
        examples=[["85123A"]],
    )
    boosts: list[Boost] = Field(default_factory=list, max_length=MAX_BOOSTS)
    pins: list[Pin] = Field(default_factory=list, max_length=MAX_PINS)
    caps: list[Cap] = Field(default_factory=list, max_length=MAX_CAPS)
    exclude_bought_days: float | None = Field(
        None, gt=0, le=36_500, description="What the shopper bought so recently is left out."
    )
    min_stock: float | None = Field(
        None, ge=0, le=1e12, description="Items whose attribute stock is known and below it are left out."
    )
    rotation: Rotation | None = None
    variants: Literal["one", "all"] | None = Field(
        None, description="Whether a list may hold one variant of a product, as where it is left out, or all."
    )
    fill: Literal["trending", "none"] | None = Field(
        None,
        description="What fills a list that is too short; left out: nothing for buy_again and bought_together, "
        "else what is trending.",
    )

    def base_of(self, name: str) -> Placement:
        """Return the built-in placement that ranks ``name``; raises RulesError where ``base`` does not go with it."""
        built_in = next((placement for placement in Placement if placement == name), None)
        base = built_in or self.base
        if base is None:
            raise RulesError(f"placement {name}: base is missing; it is one of {', '.join(Placement)}")
        if self.base not in (None, base):
            raise RulesError(
                f"placement {name}: base {self.base} contradicts its name, which is built in; leave base out"
            )
        return base

    def as_json(self) -> dict[str, Any]:
        """Return the rules as values of JSON, without what is not set."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return found if self.never else {name: value for name, value in found.items() if name != "never"}


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
        rules = PlacementRules.model_validate(table)
    except ValidationError as error:
        problems = "; ".join(_explain(problem) for problem in error.errors(include_url=False))
        raise RulesError(f"placement {name}: {problems}") from error
    rules.base_of(name)
    return rules


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _explain(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no key {key:.{_MAX_QUOTED}}{_hint(str(error['loc'][-1]))}"
    return f"{key}: {in_words(error)}"


def _hint(key: str) -> str:
    models = (PlacementRules, Boost, Pin, Cap, Rotation)
    known = {field.alias or name for model in models for name, field in model.model_fields.items()}
    meant = nearest(key, known, similar=0.6)
    return f"; did you mean {meant}?" if meant else ""
