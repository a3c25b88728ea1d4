"""Imported by the process that workers are forked from: what each would do at its first job."""

import nbformat

nbformat.v4.new_output("stream")  # compiles what notebooks are validated by
