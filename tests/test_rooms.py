"""The faces of the packages: lazy, complete, and with the paths that modules had before."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from kit_utils.moved import NEW_PATHS

FACES = ["check", "data", "figures", "handin", "report", "training", "unsupervised"]
# What runs where PyTorch would cost seconds, or the memory of each student's kernel.
WITHOUT_TORCH = [
    "import kit_utils",
    *[f"import kit_utils.{face}" for face in FACES],
    "import kit_utils.apps.demo, kit_utils.apps.doctor",
    "import kit_utils.check.student_errors, kit_utils.check.verdict",
    "from kit_utils.data import DataError, cache_folder, data_folder",
    "from kit_utils.handin import FILES, checklist, names_of_files",
    "from kit_utils.training.grading_run import is_grading",
    "import kit_utils.grading.wire.agent, kit_utils.grading.wire",
    "import kit_utils.grading.box.kernel_server",
]


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported."""
    code += "\nimport sys\nprint(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_what_must_be_there_at_once_imports_no_torch():
    lines = [f"{code}\nassert 'torch' not in sys.modules, {code!r}" for code in WITHOUT_TORCH]
    modules_after("\n".join(["import sys", *lines]))


def test_importing_the_kit_imports_nothing_of_others():
    found = modules_after("import kit_utils") - modules_after("pass")
    assert {name for name in found if name.startswith("kit_utils")} == {
        "kit_utils",
        "kit_utils.moved",
    }
    assert not found & {"lazy_loader", "numpy", "sympy", "traitlets"}


@pytest.mark.parametrize("face", FACES)
def test_every_name_of_a_face_is_there(face: str):
    package = importlib.import_module(f"kit_utils.{face}")
    assert package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None, name
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    code = (
        "import kit_utils.handin.checklist\nfrom kit_utils.handin import checklist\nchecklist('')"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "is not in this folder" in shown


@pytest.mark.parametrize(("old", "new"), NEW_PATHS.items())
def test_an_old_path_leads_to_the_very_module(old: str, new: str):
    assert importlib.import_module(old) is importlib.import_module(new)
    assert importlib.import_module(new).__name__ == new
    package, _, name = old.rpartition(".")
    assert getattr(importlib.import_module(package), name) is importlib.import_module(new)


def test_what_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"kit_utils\.nowhere"):
        importlib.import_module("kit_utils.nowhere")


def test_notebooks_that_were_handed_out_before_find_their_imports():
    exec(  # the imports of the labs' notebooks, before the modules moved
        "from kit_utils import check, figures, widgets\n"
        "from kit_utils.augment import random_affine, random_matrices, warp\n"
        "from kit_utils.checkpoint import CheckpointError, load_checkpoint\n"
        "from kit_utils.data import load_mnist, load_stl10, mnist_split, to_float\n"
        "from kit_utils.embedding import convolution_features, convolution_outputs, tsne_map\n"
        "from kit_utils.handin import checklist\n"
        "from kit_utils.predictions import write_predictions\n"
        "from kit_utils.recipes import adam, one_cycle, sgd\n"
        "from kit_utils.training import History, evaluate, fit, fit_or_load, pick_device\n"
        "from kit_utils.training import predict_labels, predict_logits\n"
        "from kit_utils.unsupervised import fit_consistent, fit_semi_supervised, run_kmeans\n"
        "assert callable(check.Test) and callable(widgets.softmax_under_beta)\n"
        "assert figures.Picture and checklist('no.ipynb') is None\n",
        {},
    )
