"""Publish what was learned as a new version in the registry."""

import secrets
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recsvc.errors import ModelError
from recsvc.identity.tombstones import Tombstones
from recsvc.model.artifact import Manifest
from recsvc.model.model import Model
from recsvc.model.registry import Registry, Release
from training.history.interactions import KnownHistory
from training.orders.dates import iso_moment
from training.settings import TrainingSettings


def version_name(now: datetime) -> str:
    """Return a new name; names sort by time, and two runs in one moment get different ones."""
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"


def describe(
    version: str,
    model: Model,
    known: KnownHistory,
    settings: TrainingSettings,
    metrics: dict[str, Any],
) -> Release:
    """Return what the manifest says of ``model``."""
    return Release(
        model_version=version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        data_through=iso_moment(known.data_through),
        counts={
            "users": model.n_users,
            "items": model.n_items,
            "purchases": known.n_purchases,
            "user_items": len(model.history.indices),
            "categories": len(model.categories),
            "items_with_category": int(np.count_nonzero(np.diff(model.item_categories.indptr))),
        },
        hyperparameters=settings.hyperparameters(),
        metrics=metrics,
    )


def publish(registry: Registry, model: Model, release: Release, *, keep: int, activate: bool) -> Manifest:
    """Publish ``model``, make it live where ``activate`` says so, and keep only the last ``keep`` versions."""
    manifest = registry.publish(model, release, activate=activate)
    registry.prune(keep, manifest.model_version)
    return manifest


def forget(registry: Registry, tombstones: Tombstones) -> list[str]:
    """Delete each version, except the live one, that knows an erased user or cannot be read; return their names."""
    if not tombstones.digests or not registry.directory.is_dir():
        return []
    names = [entry.model_version for entry in registry.versions() if not entry.is_live]
    return registry.discard([name for name in names if _may_know(registry, name, tombstones)])


def _may_know(registry: Registry, version: str, tombstones: Tombstones) -> bool:
    try:
        return knows_erased(registry.load(version).model, tombstones)
    except ModelError:
        return True


def knows_erased(model: Model, tombstones: Tombstones) -> bool:
    """Return whether ``model`` knows a user that is erased."""
    return bool(tombstones.digests) and any(tombstones.holds(user_id) for user_id in model.users.ids)
