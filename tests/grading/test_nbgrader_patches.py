"""What a run does once, and what it does without: each in a process of its own."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import subprocess
import sys
from datetime import datetime
from operator import attrgetter
from pathlib import Path

import nbgrader
import pytest
from nbgrader.coursedir import CourseDirectory

from kit_utils.grading.nbgrader_patches import RELIED_ON, VERSION, forgive_timestamps

ENGINE = """
from nbgrader.api import Gradebook
from kit_utils.grading.nbgrader_patches import apply_patches

apply_patches()
with Gradebook("sqlite:///one.db") as one:
    one.add_student("ada")
with Gradebook("sqlite:///one.db") as again, Gradebook("sqlite:///two.db") as other:
    assert again.engine is one.engine is not other.engine
    assert [student.id for student in again.students] == ["ada"] and not other.students
"""
INDICES = """
from nbgrader.api import Gradebook
from sqlalchemy import text
from kit_utils.grading.nbgrader_patches import SOUGHT, apply_patches

Gradebook("sqlite:///one.db").close()  # made by nbgrader
apply_patches()
for name in ("one.db", "new.db", "one.db"):
    with Gradebook(f"sqlite:///{name}") as book:
        for table, key in SOUGHT.items():
            asked = text(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {key} = 'a'")
            plan = " ".join(row.detail for row in book.db.execute(asked))
            assert plan.startswith(f"SEARCH {table} USING INDEX kit_{table}"), plan
"""
SCHEMAS = """
import jsonschema
from nbformat.v4 import new_code_cell
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from kit_utils.grading.nbgrader_patches import apply_patches

apply_patches()
metadata = {"schema_version": 3, "grade": False, "grade_id": "a", "locked": True, "solution": False}
good = new_code_cell(metadata={"nbgrader": metadata | {"task": False, "cell_type": "code"}})
bad = new_code_cell(metadata={"nbgrader": metadata | {"grade": "perhaps"}})
for _ in range(2):
    MetadataValidator().validate_cell(good)
    try:
        MetadataValidator().validate_cell(bad)
    except ValidationError:
        pass
    else:
        raise AssertionError("a cell was taken that is not in order")
    try:
        jsonschema.validate(1, {"type": "nonsense"})
    except jsonschema.SchemaError:
        pass
    else:
        raise AssertionError("a schema was taken that is not in order")
"""
IMPORTS = """
import sys
import kit_utils.grading.commands.autograde
import kit_utils.grading.classrun.local_pool

for module in ("torch", "sympy", "lark"):  # each takes a second
    assert module not in sys.modules, module
"""


CODE = {"engine": ENGINE, "indices": INDICES, "schemas": SCHEMAS, "imports": IMPORTS}


@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
def test_in_a_process_of_its_own(code: str, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_hides_no_time(tmp_path: Path, form: str):
    said: list[str] = []
    course = CourseDirectory()
    forgive_timestamps(course, lambda message, *values: said.append(message % values))
    path = tmp_path / "timestamp.txt"
    path.write_bytes("2026-11-27 10:00:00.5 Europe/Berlin\r\n".encode(form))
    found = course.get_existing_timestamp(str(tmp_path))
    assert found == datetime(2026, 11, 27, 9, 0, 0, 500_000) and not said
    path.write_bytes("yesterday".encode(form))
    assert course.get_existing_timestamp(str(tmp_path)) is None
    assert said == [f"{path} holds no time; the submission counts as not late."]


SOURCES = {  # digests of nbgrader's source, as it was when the kit's changes to it were written
    "nbgrader.api:Gradebook.__init__": "c60c420276e8355e",
    "nbgrader.nbgraderformat.v3:MetadataValidatorV3": "f0199e05efcf76fe",
    "nbgrader.coursedir:CourseDirectory.get_existing_timestamp": "187a451f7b844155",
    "nbgrader.converters.base:BaseConverter.init_assignment": "bcfda8a38bd24281",
    "nbgrader.utils:find_all_files": "678f0fdf27e5b073",
    "nbgrader.utils:is_ignored": "ebbe05faff7965df",
    "nbgrader.converters.base:BaseConverter.convert_single_notebook": "ec4c141ea898174b",
    "nbgrader.converters.autograde:Autograde.convert_single_notebook": "d46973a12f2e4e75",
    "nbgrader.converters.autograde:Autograde._init_preprocessors": "44b51d96b8fae43a",
    "nbgrader.converters.autograde:Autograde.init_assignment": "a7c144dc746ec205",
    "nbgrader.converters.base:BaseConverter.init_notebooks": "75dbbd15a2dfa17b",
    "nbgrader.preprocessors.saveautogrades:SaveAutoGrades": "7b0810cdd99384f5",
}


def test_nbgrader_is_as_it_was_when_it_was_patched():
    """If this fails, read what changed in nbgrader and mend the patch; then change the digest."""
    found = {}
    for name in RELIED_ON:
        module, _, path = name.partition(":")
        source = inspect.getsource(attrgetter(path)(importlib.import_module(module)))
        found[name] = hashlib.sha256(source.encode()).hexdigest()[:16]
    assert found == SOURCES, f"nbgrader {nbgrader.__version__}; patched was {VERSION}"
