import pytest
from support.runs import History, forty_shoppers, measured

from recsvc.model.model import Model
from training.evaluation.baselines import Baseline
from training.evaluation.evaluate import EvaluationOptions
from training.evaluation.evaluation import Evaluation
from training.history.split import Split

OPTIONS = EvaluationOptions((Baseline.POPULAR, Baseline.OWN_FREQUENCY), n_resamples=50, threads=1)


@pytest.fixture(scope="session")
def history() -> History:
    return forty_shoppers()


@pytest.fixture(scope="session")
def _measured(history: History) -> tuple[Model, Split, Evaluation]:
    return measured(history, OPTIONS)


@pytest.fixture(scope="session")
def model(_measured: tuple[Model, Split, Evaluation]) -> Model:
    return _measured[0]


@pytest.fixture(scope="session")
def split(_measured: tuple[Model, Split, Evaluation]) -> Split:
    return _measured[1]


@pytest.fixture(scope="session")
def evaluation(_measured: tuple[Model, Split, Evaluation]) -> Evaluation:
    return _measured[2]
