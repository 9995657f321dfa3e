"""What a shop may offer to those who come back: free shipping, a sample, something off a category."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from recsvc.catalogue.fields import RequestModel
from recsvc.errors import RulesError
from recsvc.identity.external_id import STORABLE_TEXT
from recsvc.rules.expression import ASKED_CATEGORIES, context_of, names_items, operands_of
from recsvc.rules.expression import Field as ItemField
from recsvc.rules.parser import parse
from recsvc.rules.placement_rules import Expression, Moment, Whole

NOTHING = "nothing"
"""Names the choice to offer nothing; no benefit may be called so."""

NAME_PATTERN = r"^[a-z0-9_-]{1,64}$"
MAX_BENEFITS = 50
MAX_CODE_LENGTH, MAX_TITLE_LENGTH, MAX_URL_LENGTH = 64, 200, 2000


def _of_shoppers(text: str) -> str:
    """Refuse an expression that looks at items or at the page, of which an offer has none."""
    try:
        condition = parse(text)
    except RulesError as error:
        raise ValueError(str(error)) from None
    of_items = sorted({one.name for one in operands_of(condition) if isinstance(one, ItemField)})
    if of_items or ASKED_CATEGORIES in context_of(condition) or names_items(condition):
        named = ", ".join(of_items) or "the page or an item"
        raise ValueError(
            f"looks at {named}: whom a benefit is for is said of the shopper alone, like "
            'shopper.orders >= 3 or "garden" in shopper.categories'
        )
    return text


class Benefit(RequestModel):
    """A benefit, what it costs, and whom it is for."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, frozen=True)

    title: str = Field(
        min_length=1, max_length=MAX_TITLE_LENGTH, pattern=STORABLE_TEXT, examples=["Free shipping"],
        description="What the shopper reads.",
    )  # fmt: skip
    cost: float = Field(
        ge=0, le=1e6, allow_inf_nan=False, examples=[4.9],
        description="The most that it costs the shop when it is taken once, in its currency.",
    )  # fmt: skip
    budget: float | None = Field(
        None, ge=0, le=1e9, allow_inf_nan=False,
        description="What all who take it may cost together. What was offered counts until it is taken or has expired.",
    )  # fmt: skip
    when: Annotated[Expression, AfterValidator(_of_shoppers)] | None = Field(
        None, examples=["shopper.orders >= 2"],
        description="For whom; everybody where it is left out. docs/guides/rules.md has the language.",
    )  # fmt: skip
    code: str | None = Field(
        None, min_length=1, max_length=MAX_CODE_LENGTH, pattern=STORABLE_TEXT,
        description="What the shopper types at the checkout.",
    )  # fmt: skip
    url: str | None = Field(
        None, max_length=MAX_URL_LENGTH, pattern=r"^https?://[^\s\\]+$", description="Where it leads."
    )
    valid_days: Whole = Field(14, ge=1, le=365, description="How long it may be taken.")
    rest_days: Whole = Field(
        60, ge=0, le=3650, description="So long after it a shopper is not offered it again."
    )
    max_per_shopper: Whole = Field(3, ge=1, le=1000, description="A shopper is offered it at most so often.")
    start: Moment | None = Field(None, description="Not before.")
    end: Moment | None = Field(None, description="Not from then on.")

    @model_validator(mode="after")
    def _in_order(self) -> "Benefit":
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"end {self.end.isoformat()} must be after start {self.start.isoformat()}")
        return self
