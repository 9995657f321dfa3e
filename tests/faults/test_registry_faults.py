"""Each system call of what can be done with a models directory fails once: a whole version is live, old or new."""

import pytest
from support.fault_sweep import ACKNOWLEDGED, KILLED, REFUSED, FaultSweeper
from support.registry_operations import REGISTRY_OPERATIONS


@pytest.mark.long
@pytest.mark.parametrize("operation", REGISTRY_OPERATIONS)
def test_whatever_fails_a_whole_version_is_live_and_nothing_is_left_half_written(
    sweeper: FaultSweeper, operation: str, fault_seed: int
) -> None:
    found = sweeper.sweep(operation, fault_seed)
    assert found.problems == []
    assert found.endings.keys() <= {ACKNOWLEDGED, REFUSED, KILLED}
    assert found.n_attempts >= 5, "nothing was made to fail"
