"""What a run does once, and what it does without: each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
