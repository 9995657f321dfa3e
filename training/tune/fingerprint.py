"""What a study was made from, so that it is not gone on with for something else."""

import hashlib
import json
from collections.abc import Mapping

import polars as pl

from training.evaluation.split import OrderHistory
from training.settings import TrainingSettings
from training.tune.space import FIRST_STAGE, RANKER

METHOD = "1"
"""Changes with whatever makes values of old trials no longer comparable: windows, questions, quick rankers."""

COLUMNS = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price")
SLICE_ROWS = 200_000

Fingerprint = Mapping[str, str]
"""What a person would call it -> its digest."""


def fingerprint(earlier: OrderHistory, settings: TrainingSettings) -> dict[str, str]:
    """Return digests of the orders that trials see, of the settings that are not tried, and of the method."""
    tried = {dimension.name for dimension in (*FIRST_STAGE, *RANKER)}
    fixed = {name: value for name, value in settings.hyperparameters().items() if name not in tried}
    return {
        "orders": _digest_of_orders(earlier),
        "settings": hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest(),
        "method": METHOD,
    }


def _digest_of_orders(earlier: OrderHistory) -> str:
    digest = hashlib.sha256()
    for lines in (earlier.lines, earlier.guest_lines):
        for part in lines.select(COLUMNS).iter_slices(SLICE_ROWS):
            digest.update(_csv(part))
        digest.update(b"\n")
    return digest.hexdigest()


def _csv(part: pl.DataFrame) -> bytes:
    return part.write_csv(include_header=False).encode()
