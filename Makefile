# `make` alone lists what there is. Each target sets up the environment it needs; the second time that is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test check-airflow check-spark soak lint plugin docs audit format lock bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with both programs and everything development needs

$(READY): pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "recsvc needs Python 3.11 or newer; name one with PYTHON=/path/to/python3 make ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## train on a sample shop, serve, and open it to click through (ORDERS=path: your orders; ONCE=1: then stop)
	@$(BIN)/recsvc demo $(if $(ORDERS),--orders '$(ORDERS)') $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

# One more than there are processors, because many tests wait for a server; at most four.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 4 ? n + 1 : 4)))
test: $(READY) ## run every test but the long searches for faults, against real servers and in a real browser
	@sh tests/find-redis
	@sh tests/find-postgres
	@sh tests/find-proxy
	@sh tests/find-chromium
	@sh tests/find-php
	@sh tests/find-node
	@sh tests/find-kubectl
	@sh tests/find-faults
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-m "not long and not airflow and not spark" -n $(WORKERS) --dist loadfile --no-loadscope-reorder)

AIRFLOW := $(CURDIR)/.venv-airflow
check-airflow: $(READY) ## run the DAG of deploy/airflow under Airflow, in an environment of its own (300 MB, a minute)
	@test -x $(AIRFLOW)/bin/python || $(PYTHON) -m venv $(AIRFLOW)
	@$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/airflow.txt
	@AIRFLOW_PYTHON=$(AIRFLOW)/bin/python $(BIN)/python -m pytest -m airflow tests/deploy

SPARK := $(CURDIR)/.venv-spark
SPARK_LOCKS := $(LOCK) requirements/spark.txt
check-spark: $(SPARK)/.ready ## train on Spark, in an environment of its own (1.5 GB, a few minutes)
	@sh tests/find-java
	@PATH=$(SPARK)/bin:$$PATH $(SPARK)/bin/python -m pytest $(if $(ARGS),$(ARGS),-m "spark and not long" tests/training/spark)

$(SPARK)/.ready: pyproject.toml $(SPARK_LOCKS)
	@echo "Setting up $(SPARK) (once; a few minutes)"
	@test -x $(SPARK)/bin/python || $(PYTHON) -m venv $(SPARK)
	@$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $(addprefix -r ,$(SPARK_LOCKS))
	@PYTHONWARNINGS=ignore $(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

SEEDS ?= 20
soak: $(READY) ## break things for hours: SEEDS=20 seeds (FAULT_SEED=first one), many more inputs for the parsers
	@sh tests/find-redis
	@sh tests/find-postgres
	@sh tests/find-proxy
	@sh tests/find-chromium
	@sh tests/find-faults
	@FAULT_ROUNDS=$(SEEDS) $(BIN)/python -m pytest tests/faults tests/integration/test_chaos.py tests/integration/test_object_storage.py tests/integration/test_processes.py tests/integration/test_erasure_histories.py tests/integration/test_events_kill.py tests/integration/test_sentinel.py tests/integration/test_replica_histories.py tests/integration/test_replicas.py tests/integration/test_replicas_restart.py tests/integration/test_shops.py $(ARGS)
	@HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest tests/fuzz $(ARGS)

lint: $(READY) ## ruff, mypy strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd integrations/python && $(CURDIR)/$(BIN)/mypy
	@$(BIN)/lint-imports

PLUGIN := recsvc-woocommerce.zip
plugin: ## pack the plug-in for WordPress into recsvc-woocommerce.zip
	@$(PYTHON) integrations/pack_plugin.py $(PLUGIN)

docs: $(READY) ## write the reference from the code and build the pages into site/; broken links fail
	@$(BIN)/python -m docs.generate
	@rm -rf site
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env -c docs . site
	@echo "site/docs/index.html"

audit: $(READY) ## look the locked packages up among known vulnerabilities
	@.ci/audit

format: $(READY) ## let ruff lay out and repair the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

LOCKED := --universal --python-version 3.11 --generate-hashes --no-header --quiet $(UPGRADE)
lock: $(READY) ## write the locked versions anew (UPGRADE=--upgrade: newest of all)
	@$(BIN)/uv pip compile $(LOCKED) pyproject.toml --extra train --extra dev -o requirements/dev.txt
	@$(BIN)/uv pip compile $(LOCKED) pyproject.toml --extra train --extra postgres --extra tracing -c requirements/dev.txt -o requirements/train.txt
	@$(BIN)/uv pip compile $(LOCKED) pyproject.toml --extra oidc --extra parquet --extra postgres --extra tracing -c requirements/dev.txt -o requirements/serve.txt
	@$(BIN)/uv pip compile $(LOCKED) pyproject.toml --extra spark --extra postgres -c requirements/dev.txt -o requirements/spark.txt
	@printf 'apache-airflow-task-sdk\n' | $(BIN)/uv pip compile $(LOCKED) - -o requirements/airflow.txt
	@printf 'setuptools\n' | $(BIN)/uv pip compile $(LOCKED) - -c requirements/dev.txt -o requirements/build.txt

bench: $(READY) ## measure what benchmarks/README.md publishes
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and what the demo made
	rm -rf $(VENV) $(AIRFLOW) $(SPARK) demo site build *.egg-info
