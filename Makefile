# Each target makes .venv by itself. PYTHON=python3.12 chooses another interpreter for it.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# Where it is set, as in containers, every process compiles the kit again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check lab wheels handout bench lint clean

help:
	@echo "make demo     grade a sample class and show its feedback pages"
	@echo "make test     run the linters and all tests, the browser's included"
	@echo "make check    run the linters and the unit tests: what to do between two edits"
	@echo "make lab      open JupyterLab on the student's notebooks"
	@echo "make wheels   build the wheels for students and instructors into build/wheels"
	@echo "make handout  put what students get into build/handout; LAB=lab1: one lab only"
	@echo "make bench    run the benchmarks, for hours; make bench QUICK=1: for minutes"
	@echo "make lint     run the linters only"
	@echo "make clean    remove what the others made, except .venv and build/lab"

demo: $(INSTALLED)
	@$(BIN)/python -m tools.bubblewrap
	$(BIN)/kit demo

# One thread for each test. Four workers share two cores, as most tests wait for kernels half of
# their time; tests/conftest.py says what a worker takes at a time, and in which order.
test check: export OMP_NUM_THREADS := 1
test: lint
	@$(BIN)/python -m tools.chromium || true # then only the browser tests fail
	@$(BIN)/python -m tools.axe || true # then only the accessibility tests fail
	@$(BIN)/python -m tools.bubblewrap
	@$(BIN)/python -m tools.iproute2 || true # then only the tests of a cluster fail
	@$(BIN)/python -m tools.user_mode_linux || true # then only the tests of control groups fail
	@$(BIN)/python -m tools.latex || true # then only the tests of LaTeX fail
	$(BIN)/pytest -q -n 4 --durations=30 --cov --cov-report=term

# Without kernels, boxes, browsers and commands.
check: lint
	$(BIN)/pytest -q -n 2 -m unit

# On a copy of each lab, which is kept: what a student has written there is never overwritten.
lab: $(INSTALLED)
	@mkdir -p build/lab
	@for lab in release/*; do test -e "build/lab/$${lab##*/}" || cp -R "$$lab" build/lab; done
	@ln -sfn ../../docs ../../kit_utils build/lab # to read beside the notebooks
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) build/lab

wheels: $(INSTALLED)
	$(BIN)/python -m tools.wheels

# LAB=lab1: this lab only. KIT_URL=https://...: where you will put its kit.zip, for Colab and Kaggle.
handout: wheels
	$(BIN)/python -m tools.handout $(LAB) $(if $(KIT_URL),--kit-url=$(KIT_URL))

# QUICK=1: minutes instead of hours.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

lint: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

clean:
	rm -rf build/demo build/handout build/wheels htmlcov .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(INSTALLED): pyproject.toml constraints.txt tools/make_venv.sh
	@tools/make_venv.sh $(PYTHON)
	@echo "Installing the kit and what it needs into .venv: about 6 GB, some minutes."
	@$(BIN)/pip install -qq --no-input -e '.[dev]' -c constraints.txt
	@touch $@
