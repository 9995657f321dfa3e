"""Experiments as the store keeps them: values of JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from recsvc.errors import ExperimentError
from recsvc.outcomes.experiment import BUILT_IN, Experiment, Metric, Variant, VariantKind
from recsvc.store.experiments import StoredExperiment

_log = structlog.get_logger(__name__)


def read_experiments(stored: Iterable[StoredExperiment]) -> list[Experiment]:
    """Return what is stored.

    An experiment that makes no sense, as only another version of this program can have stored it, is logged and left
    out.
    """
    found = []
    for one in stored:
        try:
            found.append(from_json(one.name, one.body))
        except (ExperimentError, KeyError, TypeError, ValueError) as error:
            _log.error("experiment_refused", experiment=one.name, error=str(error))
    return found


def from_json(name: str, body: Mapping[str, Any]) -> Experiment:
    """Return the experiment that ``as_json`` made ``body`` of; raises what does not fit."""
    variants = tuple(
        Variant(
            one["name"],
            float(one["share"]),
            VariantKind(one["kind"]),
            one.get("rules"),
            None if one.get("placement") is None else BUILT_IN[one["placement"]],
            one.get("model_version"),
        )
        for one in body["variants"]
    )
    return Experiment(
        name,
        str(body["placement"]),
        variants,
        int(body["start_us"]),
        None if body.get("end_us") is None else int(body["end_us"]),
        float(body["min_effect"]),
        Metric(body["metric"]),
    )


def as_json(experiment: Experiment) -> dict[str, Any]:
    """Return all of an experiment but its name as values of JSON."""
    return {
        "placement": experiment.placement,
        "variants": [
            {name: value for name, value in vars(variant).items() if value is not None}
            for variant in experiment.variants
        ],
        "start_us": experiment.start_us,
        "end_us": experiment.end_us,
        "min_effect": experiment.min_effect,
        "metric": experiment.metric,
    }
