# One command each: install, demo, test, check, bench, lock. Nothing here needs more than python3, make and (for the browser) apt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MARK := $(VENV)/.installed
MARK_DEV := $(VENV)/.installed-dev
APT := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
# tests start a hundred processes: what is compiled is kept, whatever the machine says of it
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: install demo test check bench lock browser clean

install: $(MARK)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Нужен Python 3.11 или новее / Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 install"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: installing python3-venv through apt"; rm -rf $(VENV); apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }

$(MARK): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(MARK_DEV): requirements-dev.txt $(MARK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(MARK)
	@exec $(BIN)/liniya demo

browser:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || { echo "installing chromium through apt"; apt-get update -qq && { $(APT) chromium-headless-shell fonts-dejavu-core >/dev/null 2>&1 || $(APT) chromium fonts-dejavu-core >/dev/null; }; }

test: $(MARK_DEV) browser
	@$(BIN)/python -m compileall -q -j 0 dashboard expectations pipelines
	$(PYTEST)

check: $(MARK_DEV) browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --quiet pipelines
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layers.py
	$(PYTEST)

bench: $(MARK_DEV) browser
	$(BIN)/python -m tests.bench

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV)
