"""What nbgrader does anew in each step of each submission, done once in a run."""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import nbgrader.api
from jsonschema.validators import validator_for
from nbgrader.api import Base
from nbgrader.nbgraderformat import MetadataValidator
from sqlalchemy import Engine, Index
from sqlalchemy.exc import SAWarning

# By what nbgrader looks for rows, and has no index: each step would read those of the whole class.
SOUGHT = {
    "submitted_assignment": "student_id",
    "submitted_notebook": "assignment_id",
    "grade": "notebook_id",
    "comment": "notebook_id",
}


def apply_patches() -> None:
    """Make a quarter of nbgrader's own work on a submission unnecessary, in this process."""
    warnings.filterwarnings("ignore", category=SAWarning)  # of what nbgrader does in passing
    _share_engine()
    _check_schema_once()


def _share_engine() -> None:
    """Let every `Gradebook` of the same database use one engine.

    SQLAlchemy keeps what it has compiled of a statement with the engine: with a new one it compiles
    all of them again. Closing a `Gradebook` closes its connections all the same.
    """
    nbgrader.api.create_engine = cache(nbgrader.api.create_engine)
    make_tables = Base.metadata.create_all
    tables = Base.metadata.tables
    indices = [Index(f"kit_{name}_{key}", tables[name].c[key]) for name, key in SOUGHT.items()]

    @cache  # that all tables are there is looked at once for each engine, too
    def create_all(bind: Engine) -> None:
        make_tables(bind)
        for index in indices:
            index.create(bind, checkfirst=True)  # of a gradebook that was there before

    Base.metadata.create_all = create_all


def _check_schema_once() -> None:
    """Let `jsonschema.validate` look only once whether the schema of nbgrader's cells is one."""
    validator = validator_for(MetadataValidator().schema)
    check = validator.check_schema

    @cache
    def checked(schema: str) -> None:
        check(json.loads(schema))

    def check_schema(schema: Any) -> None:
        checked(json.dumps(schema, sort_keys=True))

    validator.check_schema = check_schema
