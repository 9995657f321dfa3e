"""A moment by which a request must be over, however many steps it has."""

import time


class Deadline:
    """Ends ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, more than 0; raises TimeoutError when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the request is over")
        return left
