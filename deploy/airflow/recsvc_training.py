"""An Airflow DAG (Airflow 3): train each night, make the lists of the new version, then let it go live.

Put it into the folder of DAGs of workers that have ``recsvc-train`` and ``recsvc`` on their PATH; ``RECSVC_CONFIG``
names the settings file of both. A run that the gate refuses (exit 4) is *skipped*, not *failed*, so that nobody is
woken; its reasons are in the log of the task. Orders that are not usable (3) and a wrong command (2) fail at once;
anything else is tried again.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

ORDERS = os.environ.get("RECSVC_TRAIN_ORDERS", "/var/lib/recsvc/orders/*")
MODELS = os.environ.get("RECSVC_MODELS_DIR", "/var/lib/recsvc/models")

USAGE, DATA, REFUSED = 2, 3, 4


def run(*command: str) -> int:
    """Run a program, its output in the log of the task; return its exit status."""
    return subprocess.run(command, check=False).returncode


def run_or_fail(*command: str) -> None:
    """Run a program; a status other than 0 fails the task."""
    status = run(*command)
    if status == USAGE:
        raise AirflowFailException(f"{command[0]} refuses its arguments or settings; see the log")
    if status != 0:
        raise RuntimeError(f"{' '.join(command[:3])} ended with status {status}; see the log")


@dag(
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(hours=6),
    },
    tags=["recsvc"],
)
def recsvc_training() -> None:
    """Chain the three steps; a new version goes live when its lists are made."""

    @task
    def train() -> str:
        """Publish a new version that is not live yet; return its name."""
        with TemporaryDirectory() as directory:
            told = Path(directory) / "told.json"
            command = ["recsvc-train", "run", "--orders", ORDERS, "--models-dir", MODELS, "--no-activate"]
            status = run(*command, "--hook", f"cat > {told}")
            ending = json.loads(told.read_text()) if told.exists() else {"sentence": "see the log"}
        if status == REFUSED:
            raise AirflowSkipException(ending["sentence"])
        if status in (USAGE, DATA):
            raise AirflowFailException(ending["sentence"])
        if status != 0:
            raise RuntimeError(f"recsvc-train ended with status {status}: {ending['sentence']}")
        return ending["model_version"]

    @task
    def warm(version: str) -> str:
        """Make the lists of active shoppers; what is made already is skipped, so that a second try goes on."""
        run_or_fail("recsvc", "warm", "--models-dir", MODELS, "--version", version)
        return version

    @task
    def activate(version: str) -> None:
        """Let the version go live."""
        run_or_fail("recsvc", "models", "activate", "--models-dir", MODELS, version)

    activate(warm(train()))


recsvc_training()
