"""What nbgrader does anew in each step of each submission, done once in a run."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import nbgrader.api
from jsonschema.validators import validator_for
from nbgrader.nbgraderformat import MetadataValidator


def do_once() -> None:
    """Make a quarter of nbgrader's own work on a submission unnecessary, in this process."""
    _share_engine()
    _check_schema_once()


def _share_engine() -> None:
    """Let every `Gradebook` of the same database use one engine.

    SQLAlchemy keeps what it has compiled of a statement with the engine: with a new one it compiles
    all of them again. Closing a `Gradebook` closes its connections all the same.
    """
    nbgrader.api.create_engine = cache(nbgrader.api.create_engine)
    # That all tables are there is looked at once for each engine, too.
    nbgrader.api.Base.metadata.create_all = cache(nbgrader.api.Base.metadata.create_all)


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
