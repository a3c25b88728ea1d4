"""Imported before nbformat, it saves a second of every process that grades.

jsonschema imports a grammar of internationalised addresses (IRIs), which compiles itself, for a
check that the schema of notebooks does not ask for. Where that package is missing, jsonschema goes
without the check.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
