"""pyproject.toml, constraints.txt and environment.yml name the same packages and bounds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

CONDA_NAMES = {"pytorch": "torch"}


def by_name(lines: list[str]) -> dict[str, SpecifierSet]:
    requirements = [Requirement(line) for line in lines]
    return {CONDA_NAMES.get(item.name, item.name): item.specifier for item in requirements}


@pytest.fixture(scope="module")
def project(repository: Path) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def required(project: dict) -> dict[str, SpecifierSet]:
    return by_name(project["dependencies"] + project["optional-dependencies"]["dev"])


@pytest.fixture(scope="module")
def environment(repository: Path) -> list:
    return yaml.safe_load((repository / "environment.yml").read_text())["dependencies"]


def test_tested_versions_are_those_of_the_requirements(repository, required):
    lines = (repository / "constraints.txt").read_text().splitlines()
    tested = by_name([line for line in lines if not line.startswith("#")])

    assert tested.keys() == required.keys()
    for name, specifier in tested.items():
        (pin,) = specifier
        assert pin.operator == "==", name
        assert pin.version in required[name], name


def test_conda_users_get_the_same_requirements(project, required, environment):
    (pip,) = (item["pip"] for item in environment if isinstance(item, dict))
    conda = by_name([item for item in environment if isinstance(item, str)])

    assert str(conda.pop("python")) == project["requires-python"]
    conda.pop("pip")
    assert conda | by_name([line for line in pip if line != "-e .[dev]"]) == required
    assert "-e .[dev]" in pip


def test_developers_get_every_extra(project):
    extras = {name: by_name(lines) for name, lines in project["optional-dependencies"].items()}
    for name, extra in extras.items():
        assert extra.items() <= extras["dev"].items(), name


def test_students_need_nothing_of_linux_and_no_pins(project):
    students = by_name(project["dependencies"])
    assert not students.keys() & by_name(project["optional-dependencies"]["grading"]).keys()
    assert {item.operator for specifier in students.values() for item in specifier} == {">="}


def test_every_requirement_has_a_lower_bound(required):
    assert {name for name, specifier in required.items() if ">=" not in str(specifier)} == set()
