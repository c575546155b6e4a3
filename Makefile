# make run: set up and open the demo.   make test: set up and run every check.   Both work on a fresh machine.
PYTHON ?= python3.11
ifeq ($(shell command -v $(PYTHON)),)
PYTHON := python3
endif
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm

.PHONY: run test setup browser lint audit clean

run: .venv/demo-ready
	$(BIN)/python app.py --open

test: .venv/tests-ready browser lint
	$(BIN)/python -m pytest -n 3 --dist loadfile  # browser tests mostly wait, so three at once on two cores

lint: .venv/scripts-ready
	cd tests/javascript && $(NPM) run --silent check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find tts_demo -name "*.pyi" -delete  # gradio writes them beside its components, and mypy would read them instead
	$(BIN)/mypy

# Known faults of what requirements.txt pins, by the Python index's own service; why it is no part of the gate: docs/choices.md
audit:
	test -x .venv-audit/bin/pip-audit || ($(PYTHON) -m venv .venv-audit && .venv-audit/bin/pip install --quiet pip-audit==2.10.1)
	.venv-audit/bin/pip-audit --strict --disable-pip --no-deps --requirement requirements.txt

setup: .venv/tests-ready

.venv/demo-ready: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/tests-ready: .venv/demo-ready requirements-dev.txt requirements-ray.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@# 240 MB, and not for every system: without it the tests of clusters are skipped, and say so
	$(BIN)/python -m pip install --quiet --requirement requirements-ray.txt || echo "Ray cannot be installed here."
	touch $@

.venv/scripts-ready: .venv/tests-ready tests/javascript/package-lock.json
	cd tests/javascript && $(NPM) ci --no-audit --no-fund --loglevel=error
	touch $@

# The page's tests drive a real Chromium: the system's one, installed here where that is possible.
browser: .venv/tests-ready
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	     && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| $(BIN)/python -m playwright install chromium \
	|| { echo "Please install Chromium: the page's tests need it."; exit 1; }

clean:
	rm -rf .venv .venv-audit tests/javascript/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
