"""A worker as the service has it: ``python -m benchmarks.cold_worker MODELS_DIR N_LISTS``."""

import sys
from pathlib import Path

from recsvc.app import create_app
from recsvc.model.registry import Registry
from recsvc.settings import Settings


def main() -> None:
    """Answer for the first shoppers, say so, and wait until the input ends."""
    directory, n_lists = Path(sys.argv[1]), int(sys.argv[2])
    client = create_app(Settings(models_dir=directory, log_level="error")).test_client()
    users = Registry(directory).load().model.users
    for i in range(n_lists):
        client.get(f"/v1/recommend?user_id={users.id_of(i)}&n=20")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
