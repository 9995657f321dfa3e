"""The settings of the training job, from the ``[training]`` table of ``recsvc.toml`` and the command line."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from recsvc.config_file import read_table
from recsvc.errors import SettingsError
from recsvc.settings.shop_tables import read_shop_tables
from recsvc.value_errors import in_words

TABLE = "training"


class TrainingSettings(BaseModel):
    """The settings of a run; an option of the command line wins over the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Which column of the files holds what, where it is not recognised; empty where none does.",
    )
    date_format: str | None = Field(
        None, description="strptime format of the dates, where it is not recognised."
    )
    encoding: str | None = Field(None, description="Encoding of the order files, where it is not recognised.")
    decimal_mark: Literal[".", ","] | None = Field(
        None, description="What stands before decimals in the order files, where the numbers do not show it."
    )
    statuses: dict[str, Literal["bought", "not_bought"]] = Field(
        default_factory=dict, description="What a status of an order means, where it is not known."
    )
    products: list[str] = Field(
        default_factory=list,
        description="Item ids that are products, although they look like postage or the like.",
    )
    not_products: list[str] = Field(
        default_factory=list, description="Item ids that are no products: postage, fees, vouchers …"
    )
    guests: list[str] = Field(
        default_factory=list, description="User ids that stand for nobody in particular, such as the till's."
    )
    shoppers: list[str] = Field(
        default_factory=list, description="User ids that are shoppers, although they buy like nobody else."
    )
    catalogue: Path | None = Field(None, description="Catalogue file: what the items' categories are.")
    catalogue_columns: dict[str, str] = Field(
        default_factory=dict,
        description="Which column of the catalogue holds what, such as item_id, where it is not recognised.",
    )
    non_product_pattern: str | None = Field(
        None,
        description="Item codes that are no products (full match, any case); none: postage, fees …",
    )
    max_rejected_share: float = Field(
        0.2, ge=0, le=1, description="Refuse to train when more than this share of the rows is damaged."
    )
    factors: int = Field(64, ge=1, le=1024, description="Latent factors of ALS.")
    iterations: int = Field(10, ge=1, le=200, description="Iterations of ALS.")
    regularization: float = Field(5.0, gt=0, description="Regularization of ALS.")
    alpha: float = Field(3.0, gt=0, description="Confidence that each (decayed) order adds.")
    half_life_days: float = Field(120.0, gt=0, description="After this time an order counts half.")
    recent_half_life_days: float = Field(30.0, gt=0, description="The same, for what is in fashion now.")
    neighbours: int = Field(100, ge=1, le=1000, description="Co-purchase neighbours kept for each item.")
    neighbour_items: int = Field(
        2000,
        ge=10,
        description="Items of a user that neighbours over whole histories are counted from, at most.",
    )
    index_above_items: int = Field(
        20_000,
        ge=0,
        description="With more items than this, a shopper's best are looked for in a part of them.",
    )
    trees: int = Field(130, ge=1, le=2000, description="Trees of the ranker.")
    leaves: int = Field(31, ge=2, le=1024, description="Leaves of each tree.")
    learning_rate: float = Field(0.08, gt=0, le=1, description="How much each tree adds.")
    windows: int = Field(15, ge=1, le=52, description="Past windows that the ranker learns from.")
    window_days: int = Field(28, ge=1, le=366, description="Length of such a window.")
    window_step_days: int = Field(14, ge=1, le=366, description="From one window to the one before.")
    users_a_window: int = Field(
        3000, ge=10, description="Shoppers of a window that the ranker learns from, at most."
    )
    compare_users: int = Field(
        2000, ge=10, description="Shoppers of the newest window that rankers are compared on, at most."
    )
    max_examples: int = Field(
        12_000, ge=10, description="Shoppers that a ranker learns from, over all windows, about."
    )
    negatives_share: float = Field(
        0.25, gt=0, le=1, description="Share of the candidates not bought that a ranker learns from, about."
    )
    ranker_days: int = Field(
        7,
        ge=0,
        le=366,
        description="So long the rankers of the live version are kept, so that lists are steady.",
    )
    learn_from_clicks: bool = Field(
        True,
        description="Learn from what lists showed and what was clicked, once there is enough in the store.",
    )
    fit_users: int = Field(
        30_000, ge=10, description="Shoppers that past windows, and what is measured, are fitted on, at most."
    )
    gate_users: int = Field(2000, ge=20, description="Shoppers that a new version is measured on, at most.")
    gate_margin: float = Field(
        0.02,
        ge=0,
        le=1,
        description="By this share of a metric a new version may be worse; twice in a segment.",
    )
    gate_kept_share: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Share of the live version's users, items and purchases that has to be there still.",
    )
    seed: int = Field(42, ge=0, le=2**32 - 1, description="Starts the random numbers of the fit.")
    threads: int = Field(0, ge=0, le=1024, description="Threads of the fit; 0: all cores.")
    keep_versions: int = Field(5, ge=1, le=1000, description="Versions that stay in the models directory.")
    hook: str | None = Field(
        None, min_length=1, description="Command that is told how each run ended, whichever way."
    )

    @field_validator("non_product_pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"is not a regular expression: {error}") from error
        return value

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                "".encode(value)
            except (LookupError, ValueError) as error:
                raise ValueError(f"must be an encoding such as windows-1252, got {value!r}") from error
        return value

    @property
    def overlapping_windows(self) -> int:
        """Number of windows before the newest one that share days with it."""
        return -(-self.window_days // self.window_step_days) - 1

    def hyperparameters(self) -> dict[str, Any]:
        """Return what determines the fit, for the manifest."""
        others = {
            "columns",
            "date_format",
            "encoding",
            "decimal_mark",
            "statuses",
            "products",
            "not_products",
            "guests",
            "shoppers",
            "catalogue",
            "catalogue_columns",
            "non_product_pattern",
            "max_rejected_share",
            "threads",
            "keep_versions",
            "hook",
            "ranker_days",
            "learn_from_clicks",
            "gate_users",
            "gate_margin",
            "gate_kept_share",
        }
        names = [name for name in type(self).model_fields if name not in others]
        return {name: getattr(self, name) for name in names}


def load_training_settings(
    config: Path | None,
    options: Mapping[str, object],
    columns: Mapping[str, str],
    shop: str | None = None,
) -> TrainingSettings:
    """Read the settings.

    Args:
        config: the file; by default ``recsvc.toml`` in the working directory, if there is one.
        options: what the command line says; entries that are None were not given.
        columns: columns that the command line maps, beside those of the file.
        shop: which one, where the file has several: its ``[shops.NAME.training]`` wins over ``[training]``.

    Raises:
        SettingsError: naming the key, and what is wrong with its value.
    """
    table = read_table(config, TABLE)
    if shop is not None:
        table |= read_shop_tables(config, {})[shop].training or {}
    given = {key: value for key, value in options.items() if value is not None}
    given["columns"] = {**table.get("columns", {}), **columns}
    try:
        return TrainingSettings.model_validate({**table, **given})
    except ValidationError as error:
        problems = error.errors(include_url=False)
        known = TrainingSettings.model_fields
        where = TABLE if shop is None else f"shops.{shop}.{TABLE}"
        lines = [f"[{where}] {'.'.join(map(str, each['loc']))}: {in_words(each, known)}" for each in problems]
        raise SettingsError("; ".join(lines)) from error
