import subprocess
import sys
import time
from pathlib import Path

from recsvc.cache.cache import Lease
from recsvc.cache.epochs import Epochs


def lease(epochs: Epochs, bucket: int) -> Lease:
    return Lease(bucket, epochs.stamp(bucket), time.monotonic() + 60)


def test_an_invalidation_ends_the_leases_of_its_bucket_alone() -> None:
    epochs = Epochs()
    one, other = lease(epochs, 1), lease(epochs, 2)
    epochs.invalidate(1)
    assert (epochs.allows(one), epochs.allows(other)) == (False, True)
    assert epochs.allows(lease(epochs, 1))


def test_an_invalidation_of_everyone_ends_all_leases() -> None:
    epochs = Epochs()
    leases = [lease(epochs, bucket) for bucket in (0, 1, 65_536)]
    epochs.invalidate(0)
    assert not any(epochs.allows(one) for one in leases)


def test_a_lease_ends_with_its_time() -> None:
    epochs = Epochs()
    assert not epochs.allows(Lease(1, epochs.stamp(1), time.monotonic()))


def test_an_invalidation_in_one_process_is_seen_in_another_at_once(tmp_path: Path) -> None:
    Epochs.create(tmp_path / "epochs")
    here = Epochs(tmp_path / "epochs")
    kept = lease(here, 7)
    program = "import sys, pathlib; from recsvc.cache.epochs import Epochs; "
    program += "there = Epochs(pathlib.Path(sys.argv[1])); there.invalidate(7); print(there.origin)"
    origin = subprocess.check_output([sys.executable, "-c", program, str(tmp_path / "epochs")], text=True)
    assert not here.allows(kept)
    assert int(origin) == here.origin


def test_machines_have_different_origins() -> None:
    assert Epochs().origin != Epochs().origin
