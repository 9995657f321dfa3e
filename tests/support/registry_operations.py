"""What can be done with a models directory, each as an operation whose every step may fail."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recsvc.errors import ModelError
from recsvc.model.registry import Registry
from support.fault_sweep import Operation
from support.models import release, small_model
from training.publish import publish

OLDER, OLD, NEW = "1", "2", "3"


@dataclass(frozen=True)
class RegistryOperation:
    """``act`` on a registry of two versions, the newer of which is live; a service looks on meanwhile."""

    act: Callable[[Registry], object]
    stride: int = 1

    def prepare(self, directory: Path) -> None:
        for version in (OLDER, OLD):
            Registry(directory).publish(small_model(), release(version))

    def opened(self, directory: Path) -> Callable[[], None]:
        registry = Registry(directory)

        def act() -> None:
            self.act(registry)

        return act

    def state(self, directory: Path) -> list[str]:
        """Return the live version, which can be loaded, as can each version that a list of them shows."""
        registry = Registry(directory)
        live = registry.load()
        for entry in registry.versions():
            registry.load(entry.model_version)
        return [f"live {live.manifest.model_version}", *(self._shown(registry))]

    def traces(self, directory: Path) -> list[str]:
        """Return what was left half-written."""
        return [f"left {path.name}" for path in directory.glob(".incoming-*")]

    def _shown(self, registry: Registry) -> list[str]:
        return [entry.model_version for entry in registry.versions()]


@dataclass(frozen=True)
class Publishing(RegistryOperation):
    """Publishing has three states to be seen: old, published, live. Old versions may be pruned or not."""

    def _shown(self, registry: Registry) -> list[str]:
        return []


def _publish(registry: Registry) -> None:
    try:
        publish(registry, small_model(), release(NEW), keep=2, activate=True)
    except ModelError as error:
        if "exists" not in str(error):
            raise
        registry.activate(NEW)  # it had been published, and was not live yet
        registry.prune(2)


REGISTRY_OPERATIONS: dict[str, Operation] = {
    "publish": Publishing(_publish, stride=12),
    "activate": RegistryOperation(lambda registry: registry.activate(OLDER), stride=40),
    "prune": RegistryOperation(lambda registry: registry.prune(1)),
}
