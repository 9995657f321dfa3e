"""Each system call of what can be done with a store fails once: nothing is half done, and the store goes on."""

import pytest
from support.fault_sweep import ACKNOWLEDGED, KILLED, REFUSED, FaultSweeper
from support.store_operations import STORE_OPERATIONS


@pytest.mark.long
@pytest.mark.parametrize("operation", STORE_OPERATIONS)
def test_whatever_fails_the_store_holds_the_old_or_the_new_and_what_it_acknowledged(
    sweeper: FaultSweeper, operation: str, fault_seed: int
) -> None:
    found = sweeper.sweep(operation, fault_seed)
    assert found.problems == []
    assert found.endings.keys() <= {ACKNOWLEDGED, REFUSED, KILLED}
    assert found.n_attempts >= 5, "nothing was made to fail"
