"""Do once, before forking, what each fork would do at its first use of a library."""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
from collections.abc import Iterable

import kit_utils.grading.skip_iri_grammar  # noqa: F401 - before nbformat
from kit_utils.grading.notebook.cell_names import imports_in

# What libraries import at their first use, and what the wire needs for their values.
OF_LIBRARIES = {
    "torch": ("torch.fx.experimental.symbolic_shapes", "torch.utils.serialization.config"),
    "sympy": (
        "kit_utils.grading.wire.expressions",
        "sympy.assumptions.wrapper",
        "sympy.combinatorics.tensor_can",
        "sympy.sets.setexpr",
        "sympy.tensor.tensor",
    ),
}
KIT, OWN = "kit_utils.", "kit_utils.grading"


def prepare(modules: Iterable[str]) -> None:
    """Import modules and all that the kit imports late in them, and load what figures need.

    This touches no tensor and starts no thread.
    """
    wanted = list(modules)
    _import(wanted)
    open_faces(wanted)
    _import(late_imports())
    for name in sorted(OF_LIBRARIES.keys() & sys.modules.keys()):
        _import(OF_LIBRARIES[name])
    if "matplotlib" in sys.modules:
        _draw_once()


def open_faces(modules: Iterable[str]) -> None:
    """Import what lazy packages of the kit import at the first use of their names."""
    for face in (sys.modules.get(name) for name in modules if name.startswith(KIT)):
        for public in getattr(face, "__all__", ()):
            with contextlib.suppress(Exception):
                getattr(face, public)


def late_imports() -> list[str]:
    """The modules that functions import, of all modules of the kit that are imported here."""
    found: dict[str, None] = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name.startswith(KIT) and not name.startswith(OWN) and path:
            with open(path, encoding="utf-8") as file:
                tree = ast.parse(file.read())
            for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
                found |= dict.fromkeys(imports_in(function))
    return [name for name in found if not name.startswith("kit_utils")]


def _import(modules: Iterable[str]) -> None:
    for module in modules:
        # What cannot be imported here cannot be imported in a fork either.
        with contextlib.suppress(Exception):
            importlib.import_module(module)


def _draw_once() -> None:
    """Load fonts, the parser of formulas, and the writer of images."""
    with contextlib.suppress(Exception):
        from IPython.core.pylabtools import print_figure
        from matplotlib.figure import Figure

        importlib.import_module("matplotlib.pyplot")
        figure = Figure()
        figure.subplots().set_title(r"A formula: $\sigma(x)$")
        print_figure(figure)
