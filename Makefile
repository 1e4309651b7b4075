# "make" alone lists the verbs. What is there already is not made again: repeating a verb costs seconds.

PYTHON ?= python3
SUBMISSION ?= docs/sample/submission.py
PYTEST ?=
FUZZ ?=
SEED ?=
ROUNDS ?= 20

VENV := .venv
BIN := $(VENV)/bin
# -qq: errors only; what pip warns of is about its own settings.
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

LOCK := $(BIN)/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --custom-compile-command "make lock" $(UPGRADE)
# What "make grade" installs beside what grading needs: everything that a command in the README needs.
EXTRAS := authoring batch cluster
OURS := exercises grader reference sandbox

.PHONY: help grade test quick nightly check golden notebook bench judgement fuzz image sbom lock audit engine clean
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Exit code 1 is a mark under --fail-under, not a failure of this command.
grade: compiled image ## grade the sample, or SUBMISSION=file.py
	@$(BIN)/grade "$(SUBMISSION)" || [ $$? -eq 1 ]

# Compiled files are kept even where the shell says otherwise: hundreds of short processes would compile everything anew.
# Some tests only wait, so that there is one worker more than cores; who has no test left takes some of another's.
WORKERS = $$(($$(nproc 2>/dev/null || echo 2) + 1))
TESTS = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 5 --dist worksteal

# Nothing is left to chance: the order of a set, too, is the same in every run.
test: $(VENV)/.test compiled image ## run all tests; PYTEST="-k slicing -x" passes options on
	@sh tests/programs.sh
	@PYTHONHASHSEED=0 $(TESTS) $(PYTEST)

# Its tests use neither an engine, a browser nor PyTorch, and none of these is installed for it.
quick: $(VENV)/.quick compiled ## the tests that need no engine, no browser and no PyTorch: under a minute
	@PYTHONHASHSEED=0 $(TESTS) --quick $(PYTEST)

nightly: $(VENV)/.test compiled image ## all tests with more inputs, others each time; SEED=7 repeats a night, ROUNDS=100 takes longer
	@sh tests/programs.sh
	@seed=$(SEED); [ -n "$$seed" ] || seed=$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(2**32))'); \
	    again="To repeat it: make nightly SEED=$$seed ROUNDS=$(ROUNDS)"; echo "$$again"; \
	    ROUNDS=$(ROUNDS) PYTHONHASHSEED=$$seed $(TESTS) --hypothesis-profile=nightly --hypothesis-seed=$$seed $(PYTEST) || \
	    { echo "$$again"; exit 1; }

# mypy reads the tests too, and so what they import; PyTorch it does without.
check: $(VENV)/.quick $(VENV)/.dev ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

golden: $(VENV)/.grade ## make the golden outputs anew
	@$(BIN)/python -m grader.authoring.golden_builder

notebook: $(VENV)/.grade ## write the course notebook from the exercises and pages
	@$(BIN)/python -m exercises.notebook_builder

bench: $(VENV)/.test compiled image ## measure what is claimed about speed
	@for name in layers grade_command limited_child forward_passes class_growth batch; do echo "benchmarks/$$name.py"; \
	    $(BIN)/python "benchmarks/$$name.py" || exit 1; done
	@echo "benchmarks/fresh_inputs.py cost"; $(BIN)/python benchmarks/fresh_inputs.py cost

judgement: $(VENV)/.test compiled image ## measure how well it judges: mutants, false alarms, names, margins
	@$(BIN)/python -m benchmarks.judgement.strangers || true # its counts are read, and stop nothing
	@$(BIN)/python -m benchmarks.judgement --docker 40

fuzz: $(VENV)/.fuzz ## look for inputs that parsers do not take well; FUZZ_SECONDS=60 FUZZ="cells sheet"
	@$(BIN)/python tests/fuzz/run.py fuzz $(FUZZ)

image: engine ## build the sandbox's image where it is missing or out of date
	@$(BIN)/python -m sandbox.image

sbom: engine ## write the image's bill of materials, image.cdx.json (CycloneDX)
	@$(BIN)/python -m sandbox.image --sbom image.cdx.json

# What is locked stays as it is, unless pyproject.toml wants it otherwise or UPGRADE=--upgrade.
lock: $(VENV)/.dev ## lock the versions and hashes of all packages; UPGRADE=--upgrade takes newer ones
	@$(LOCK) pyproject.toml locks/build.in $(EXTRAS:%=--extra %) --output-file locks/grade.txt
	@$(LOCK) pyproject.toml locks/build.in locks/torch.in --extra test --override locks/left-out.in \
	    --constraint locks/grade.txt --output-file locks/test.txt
	@$(LOCK) pyproject.toml locks/build.in --extra dev --constraint locks/test.txt \
    --no-emit-package pip --output-file locks/dev.txt

# pip-audit asks the package index for known holes. Where it can't, that is said, and is no failure of ours.
audit: $(VENV)/.dev ## look for known holes in the locked packages
	@$(BIN)/python locks/audit.py

engine: $(VENV)/.grade ## find a container engine; as root on Debian, install and start one
	@PYTHON=$(CURDIR)/$(BIN)/python sh sandbox/docker/engine.sh

clean: ## remove what the other verbs made in this folder
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Where PYTHONDONTWRITEBYTECODE is set, Python would compile these anew at each start. pip compiles what it installs.
.PHONY: compiled
compiled: $(VENV)/.grade
	@$(BIN)/python -m compileall -q $(OURS)

# A stamp is newer than pyproject.toml once its packages are installed.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Goldgrade needs Python 3.11 or newer, and '$(PYTHON)' is not that."; \
	    echo "On Debian 12 or newer: apt-get install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3.12 ..."; \
	    exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && echo "Installing python3-venv ..." && \
	    apt-get update >/dev/null 2>&1 && \
	    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-venv >/dev/null 2>&1; } || { \
	    echo "This Python can't make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv"; \
	    exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# pip takes only files whose hashes are in the lock; the last line adds nothing but Goldgrade itself.
$(VENV)/.grade: pyproject.toml locks/grade.txt | $(VENV)/.made
	@echo "Installing Goldgrade and what it needs into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement locks/grade.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.quick: pyproject.toml locks/test.txt | $(VENV)/.grade
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes --requirement locks/test.txt
	@touch $@

# locks/torch.in says why PyTorch is not locked.
$(VENV)/.test: pyproject.toml | $(VENV)/.quick
	@echo "Installing PyTorch, which tests compare with (it is large: some minutes, once) ..."
	@$(PIP) install --no-build-isolation --editable '.[test]'
	@touch $@

$(VENV)/.fuzz: pyproject.toml | $(VENV)/.test
	@echo "Installing atheris ..."
	@$(PIP) install --no-build-isolation --editable '.[fuzz]'
	@touch $@

$(VENV)/.dev: pyproject.toml locks/dev.txt | $(VENV)/.grade
	@echo "Installing ruff, mypy and what keeps the locks ..."
	@$(PIP) install --require-hashes --requirement locks/dev.txt
	@touch $@
