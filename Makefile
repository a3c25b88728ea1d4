# Each target makes .venv by itself. PYTHON=python3.12 chooses another interpreter for it.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help demo test lab bench lint chromium clean

help:
	@echo "make demo    grade a sample class and show its feedback pages"
	@echo "make test    run the linters and all tests, the browser's included"
	@echo "make lab     open JupyterLab on the student's notebooks"
	@echo "make bench   run the benchmarks"
	@echo "make lint    run the linters only"
	@echo "make clean   remove what the others made, except .venv"

demo: $(INSTALLED)
	$(BIN)/kit demo

# One thread for each test: two files run side by side, so that a file grades its class once.
test: export OMP_NUM_THREADS := 1
test: lint chromium
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

# On a copy, which is kept: what a student has written there is never overwritten.
lab: $(INSTALLED)
	@mkdir -p build/lab && cp -rn release/. build/lab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) build/lab

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.mnist
	$(BIN)/python -m benchmarks.expressions
	$(BIN)/python -m benchmarks.startup

lint: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

chromium: $(INSTALLED)
	@$(BIN)/python tools/chromium.py

clean:
	rm -rf build htmlcov .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(INSTALLED): pyproject.toml constraints.txt tools/make_venv.sh
	@tools/make_venv.sh $(PYTHON)
	@echo "Installing the kit and what it needs into .venv: about 6 GB, some minutes."
	@$(BIN)/pip install -qq --no-input -e .[dev] -c constraints.txt
	@touch $@
