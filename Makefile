# Everything lands in .venv and .gamsa (or $GAMSA_HOME); nothing else on the machine is changed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# The peers of `make bench` want older versions of what Gamsa uses as well.
PEERS := .venv-peers/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check golden bench torture lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Gamsa needs Python 3.11 or newer and $(PYTHON) is `$(PYTHON) --version 2>&1`;" \
	       "name a newer one: make PYTHON=python3.11 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Live a simulated day and show what is found; DEMO_ARGS="--once" ends by itself
	$(BIN)/gamsa demo $(DEMO_ARGS)

test: $(STAMP) ## Run every test, JOBS=2 files at a time; starts all the servers it needs
	$(BIN)/python -m pytest -n $(or $(JOBS),2) --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

check: $(STAMP) ## Format, lint, types, layers, and the tests that need no server
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow" $(TEST_ARGS)

golden: $(STAMP) ## Write the golden files anew; look at the difference before you commit it
	$(BIN)/python -m pytest -m "not slow" --update-golden

bench: $(STAMP) $(PEERS) ## Measure speed beside peers, latency, size, panels, and how well misuse over time is found
	$(BIN)/python -m benchmarks $(BENCH_ARGS)
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.size
	$(BIN)/python -m benchmarks.detectors
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.questions
	$(BIN)/python -m benchmarks.panels

$(PEERS): benchmarks/requirements.lock
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes -r benchmarks/requirements.lock
	@touch $@

torture: $(STAMP) ## Kill, pause, cut off and starve everything for MINUTES=3; SEED= repeats a run
	$(BIN)/python -m tests.faults --minutes $(or $(MINUTES),3) $(if $(SEED),--seed $(SEED)) $(TORTURE_ARGS)

lock: ## Resolve the dependencies anew into requirements.lock
	uv pip compile --universal --all-extras --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --extra producers --extra stream --python-version 3.11 \
	  pyproject.toml benchmarks/requirements.in -o benchmarks/requirements.lock

clean: ## Remove .venv; the data in .gamsa stays
	rm -rf .venv .venv-peers
