"""deploy/airflow under Airflow: imported, and each of its tasks run with programs that end in each way."""

import json
import os
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

DAGS = Path(__file__).parents[2] / "deploy" / "airflow"

LOOK = """
    import json, recsvc_training as dags
    dag = dags.recsvc_training()
    edges = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    print(json.dumps({"edges": edges, "schedule": dag.schedule, "catchup": dag.catchup, "active": dag.max_active_runs}))
"""
CALL = """
    import json, sys, recsvc_training as dags
    task = dags.recsvc_training().get_task(sys.argv[1])
    try:
        print(json.dumps({"gave": task.python_callable(*sys.argv[2:])}))
    except Exception as error:
        print(json.dumps({"raised": type(error).__name__, "said": str(error)}))
"""
TRAINS = """\
#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --hook ] && hook=$2; shift; done
echo '{"sentence": "It is so.", "model_version": "v7"}' | sh -c "$hook"
exit STATUS
"""


def under_airflow(program: str, *arguments: str, home: Path) -> Any:
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        "PATH": f"{home}:{os.environ['PATH']}",
        "PYTHONPATH": str(DAGS),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [os.environ["AIRFLOW_PYTHON"], "-c", textwrap.dedent(program), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_airflow_sees_three_steps_each_night(tmp_path: Path) -> None:
    assert under_airflow(LOOK, home=tmp_path) == {
        "edges": {"train": ["warm"], "warm": ["activate"], "activate": []},
        "schedule": "0 3 * * *",
        "catchup": False,
        "active": 1,
    }


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (0, {"gave": "v7"}),
        (4, {"raised": "AirflowSkipException", "said": "It is so."}),
        (3, {"raised": "AirflowFailException", "said": "It is so."}),
        (2, {"raised": "AirflowFailException", "said": "It is so."}),
        (1, {"raised": "RuntimeError", "said": "recsvc-train ended with status 1: It is so."}),
        (137, {"raised": "RuntimeError", "said": "recsvc-train ended with status 137: It is so."}),
    ],
)
def test_each_end_of_a_training_is_told_apart(tmp_path: Path, status: int, ended: dict[str, str]) -> None:
    put(tmp_path / "recsvc-train", TRAINS.replace("STATUS", str(status)))
    assert under_airflow(CALL, "train", home=tmp_path) == ended


def test_the_lists_of_the_new_version_are_made_and_then_it_goes_live(tmp_path: Path) -> None:
    put(tmp_path / "recsvc", f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    assert under_airflow(CALL, "warm", "v7", home=tmp_path) == {"gave": "v7"}
    assert under_airflow(CALL, "activate", "v7", home=tmp_path) == {"gave": None}
    warm, activate = (tmp_path / "asked").read_text().splitlines()
    assert warm.startswith("warm ")
    assert "--version v7" in warm
    assert activate.startswith("models activate ")
    assert activate.endswith(" v7")


@pytest.mark.parametrize(
    ("status", "raised"), [(1, "RuntimeError"), (130, "RuntimeError"), (2, "AirflowFailException")]
)
def test_a_version_whose_lists_could_not_be_made_does_not_go_live(
    tmp_path: Path, status: int, raised: str
) -> None:
    put(tmp_path / "recsvc", f"#!/bin/sh\nexit {status}\n")
    for step in ("warm", "activate"):
        assert under_airflow(CALL, step, "v7", home=tmp_path)["raised"] == raised
