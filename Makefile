# Few verbs. Every target sets up the environment first when needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Every process of the tests and of the demo would compile the program anew: a second each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo serve test check bench docs chaos fuzz audit lock

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "python 3.11 or newer is needed; say which with: make setup PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

demo: setup  ## the main job, offline, on a simulated market
	$(BIN)/chocolate-factory demo $(ARGS)

serve: setup  ## the dashboard over your own data
	$(BIN)/chocolate-factory serve $(ARGS)

# Tests wait for servers and browsers a quarter of their time: one worker more than processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

test: setup  ## every test, a file to a worker; what needs more than this machine has says so and skips
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup  ## speed and quality, as ratios against a named reference
	$(BIN)/python -m benchmarks $(ARGS)

docs: setup  ## the documentation site, to be read without any network: build/manual/site/index.html
	$(BIN)/python -m manual

chaos: setup  ## every kind of work killed or short of disk at a hundred random points, a crowd, 1 GB; what was lost
	$(BIN)/python -m chaos $(ARGS)
	$(BIN)/python -m chaos.crowd
	$(BIN)/python -m chaos.memory

fuzz: setup  ## every parser: a million inputs or ten minutes each; every path: ten thousand requests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	$(BIN)/python -m fuzz $(ARGS)
	$(BIN)/python -m fuzz.interface

audit: setup  ## known weaknesses, bill of materials (build/sbom.json) and licences (docs/licences.md)
	test -x build/audit/bin/python || $(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check \
		cyclonedx-bom==7.5.0 pip-audit==2.10.1 pip-licenses==5.5.5
	build/audit/bin/pip-licenses --python $(BIN)/python --ignore-packages atheris chocolate-factory \
		--format=markdown --no-version | sed 's/ *| */ | /g;s/^ //;s/ $$//;/axe-playwright/s/UNKNOWN/MIT/' > build/licences.md
	{ sed '/^| Name/,$$d' docs/licences.md; cat build/licences.md; } > build/new && mv build/new docs/licences.md
	build/audit/bin/cyclonedx-py requirements requirements.lock -o build/sbom.json
	build/audit/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

lock:  ## resolve the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --group dev --group docs pyproject.toml -o requirements.lock
