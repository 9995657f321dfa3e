"""What is traced of the versions: what is asked of an object store, and each version that is loaded."""

from typing import TypeVar

from recsvc.model.mirror import MirroredRegistry
from recsvc.model.registry import Registry
from recsvc.tracing.tracing import Step, Tracing

R = TypeVar("R", bound=Registry)

_LOADED = Step("load the model", is_root=True)
_ASKED = Step("object store ", leaves=True)
_PULLED = Step("object store pull", leaves=True, is_root=True)


def traced_registry(tracing: Tracing, registry: R) -> R:
    """Return ``registry`` traced; a service loads and fetches versions while nobody asks, which is traced as well."""
    if isinstance(registry, MirroredRegistry):
        storage = tracing.around_all(registry.storage, _ASKED)
        registry.storage = tracing.around(storage, {"pull": _PULLED})
    return tracing.around(registry, {"load": _LOADED})
