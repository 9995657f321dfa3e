"""Keeps the copy of the model versions what the object store is."""

from itertools import count

import structlog

from recsvc.errors import ModelError
from recsvc.metrics import Metrics
from recsvc.model.mirror import MirroredRegistry
from recsvc.repeating import Repeating

_log = structlog.get_logger(__name__)

LOOKS_A_REPORT = 15
"""Nothing waits for reports: one look in so many asks for them."""

LOOKS_A_RETRY = 30
"""One look in so many brings what was damaged again: its files may be large, and a look comes every two seconds."""


class ModelsCopy:
    """Looks every ``poll_seconds``; while the store does not answer, the copy goes on as it is.

    Attributes:
        problem: why the copy is not what the object store is; None while it is, or while nobody looked.
    """

    def __init__(self, registry: MirroredRegistry, poll_seconds: float, metrics: Metrics) -> None:
        self._registry = registry
        self.problem: str | None = None
        self._looks = count()
        self._following = Repeating("models-copy", poll_seconds, self.refresh)
        metrics.watch(
            "recsvc_models_copy_behind",
            "1 while versions cannot be brought from the object store.",
            lambda: self.problem is not None,
            combine="max",
        )

    def start(self) -> None:
        """Look from now on; the first look is made by the thread too, so that a store that is away delays no start."""
        self._following.start()

    def stop(self) -> None:
        """Stop looking, after the file that is being brought."""
        self._following.stop()

    def refresh(self) -> None:
        """Look once."""
        try:
            look = next(self._looks)
            if not self._registry.refresh(
                reports=look % LOOKS_A_REPORT == 0, again=look % LOOKS_A_RETRY == 0
            ):
                return  # another worker looks, and says what it finds
        except ModelError as error:
            if str(error) != self.problem:
                _log.error("models_not_copied", detail=str(error))
            self.problem = str(error)
            return
        if self.problem is not None:
            _log.info("models_copied_again")
        self.problem = None
