"""A sample class, from the instructor's notebooks to the feedback pages."""

from kit_utils.demo.run import run_demo

__all__ = ["run_demo"]
