"""Figures as files: for each cell its own, and never anybody else's."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbformat import v4
from PIL import Image

FIGURE = "from kit_utils import figures\nfigures.image_grid([[[0.0, 1.0]]], title={!r})"
SLIDER = """
import torch
from kit_utils.figures import sliders
shown = sliders.batch_normalisation(lambda x, gamma, epsilon, eta: (gamma * x, None, None))
display(shown)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Iterator[Callable[..., dict]]:
    """Runs code as a cell with an id, in a folder of its own, and returns what it showed."""
    folder = tmp_path_factory.mktemp("figures")
    notebook = folder / "lab.ipynb"
    cells = [v4.new_code_cell("figures.dag()", id=name) for name in ("data-look", "numbered-see")]
    nbformat.write(v4.new_notebook(cells=cells), notebook)
    session = {"PATH": "", "HOME": str(folder), "JPY_SESSION_NAME": str(notebook)}
    manager, client = start_new_kernel(cwd=str(folder), env=session)

    def run(code: str, cell: str = "", **metadata: object) -> dict:
        message = client.session.msg("execute_request", {**ASKED, "code": code})
        message["metadata"] |= {"cellId": cell} if cell else {}
        client.shell_channel.send(message)
        shown: dict = {}
        while (found := client.get_iopub_msg(timeout=120))["content"].get("execution_state") != (
            "idle"
        ) or found["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            assert found["msg_type"] != "error", found["content"]
            shown |= found["content"] if "data" in found["content"] else {}
        return shown

    run.folder = folder  # type: ignore[attr-defined]
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


ASKED = {
    "silent": False,
    "store_history": True,
    "user_expressions": {},
    "allow_stdin": False,
    "stop_on_error": True,
}


@pytest.fixture
def folder(run) -> Path:
    """The folder of the figures, empty."""
    shutil.rmtree(run.folder / "figures", ignore_errors=True)
    return run.folder / "figures"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def both(*wanted: str) -> set[str]:
    return {f"{name}.{ending}" for name in wanted for ending in ("pdf", "png")}


def test_a_figure_is_saved_under_the_name_of_its_cell_and_says_so(run, folder):
    shown = run(FIGURE.format("First"), "data-look")
    assert names(folder) == both("data-look")
    assert shown["data"]["text/plain"].endswith("\nSaved as figures/data-look.png and .pdf.")
    assert shown["metadata"]["image/png"]["figure"] == "data-look"
    assert (folder / "data-look.pdf").read_bytes().startswith(b"%PDF")
    assert Image.open(folder / "data-look.png").size[0] > 200


def test_a_cell_that_runs_again_replaces_its_own_files(run, folder):
    run(FIGURE.format("First"), "data-look")
    before = (folder / "data-look.png").read_bytes()
    run(FIGURE.format("Second, which is longer"), "data-look")
    assert names(folder) == both("data-look")
    assert (folder / "data-look.png").read_bytes() != before


def test_equal_figures_are_equal_files(run, folder):
    run(FIGURE.format("First"), "data-look")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    run(FIGURE.format("First"), "data-look")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_several_figures_of_a_cell_have_several_names(run, folder):
    for _ in range(2):
        run(
            FIGURE.format("One").replace("figures.image", "for _ in 'ab': display(figures.image")
            + ")",
            "two",
        )
    assert names(folder) == both("two", "two-2")


def test_a_cell_without_a_name_gets_that_of_the_function(run, folder):
    """The random ids of new cells name nothing. No cell takes the file of another."""
    first, second = "0a1b2c3d-0000-4000-8000-000000000000", "00000000"
    run(FIGURE.format("One"), first)
    run(FIGURE.format("Two"), second)
    run(FIGURE.format("Three"))
    run(FIGURE.format("One"), first)
    assert names(folder) == both("image_grid", "image_grid-2", "image_grid-3")


def test_nobody_elses_file_is_overwritten(run, folder):
    folder.mkdir()
    (folder / "data-look.png").write_bytes(b"mine")
    (folder / "data-look-2.pdf").symlink_to(folder / "nowhere")
    run(FIGURE.format("One"), "data-look")
    assert (folder / "data-look.png").read_bytes() == b"mine"
    assert not (folder / "nowhere").exists()
    assert names(folder) == {"data-look.png", "data-look-2.pdf"} | both("data-look-3")


def test_a_figure_is_shown_even_if_it_cannot_be_saved(run, folder):
    folder.write_text("a file in the place of the folder")
    shown = run(FIGURE.format("One"), "data-look")
    assert "image/png" in shown["data"] and "Not saved" in shown["data"]["text/plain"]
    folder.unlink()


def test_nothing_is_saved_while_nbgrader_runs_the_notebook(run, folder):
    run("import os; os.environ['NBGRADER_EXECUTION'] = 'autograde'")
    shown = run(FIGURE.format("One"), "data-look")
    run("del os.environ['NBGRADER_EXECUTION']")
    assert not folder.exists() and "figure" not in shown["metadata"]["image/png"]


def test_a_photograph_is_shown_as_jpeg_and_saved_as_png(run, folder):
    images = "import torch\nfrom kit_utils import figures\nimages = torch.rand(1, 3, 96, 96)\n"
    shown = run(f"{images}figures.before_after(images, images)", "photo")
    assert "image/jpeg" in shown["data"] and names(folder) == both("photo")
    assert Image.open(folder / "photo.png").format == "PNG"


def test_the_file_shows_the_last_state_of_a_slider(run, folder):
    shown = run(SLIDER, "widget-see")
    assert shown["metadata"]["image/png"]["figure"] == "widget-see"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    # As when the slider moves: the message is none that runs a cell.
    run(
        "kernel, parent = get_ipython().kernel, get_ipython().kernel.get_parent()\n"
        "kernel.get_parent = lambda *_: {'header': {'msg_type': 'comm_msg'}}\n"
        "shown.sliders[0].value = 2.5\nshown.sliders[0].value = 3.0\n"
        "del kernel.get_parent\nimport asyncio; await asyncio.sleep(sliders.QUIET + 0.2)"
    )
    assert {path: path.read_bytes() for path in folder.iterdir()} != before
    assert names(folder) == both("widget-see")


def test_the_letters_of_the_png_are_as_fine_as_on_the_screen(run, folder):
    shown = run(FIGURE.format("One"), "data-look")
    saved = Image.open(io.BytesIO((folder / "data-look.png").read_bytes()))
    assert saved.width >= 2 * shown["metadata"]["image/png"]["width"] - 2


def test_a_figure_has_its_number_at_its_foot(run, folder):
    shown = run(FIGURE.format("Filters"), "numbered-see")
    assert shown["metadata"]["image/png"]["alt"] == "Figure 0.2. Filters: a grid of 1 images."
    plain = run(FIGURE.format("Filters"), "not-in-the-file")
    assert plain["metadata"]["image/png"]["alt"] == "Filters: a grid of 1 images."
    heights = [Image.open(folder / f"{n}.png").height for n in ("numbered-see", "not-in-the-file")]
    assert heights[0] - heights[1] == 50  # 0.25 inches at 200 dots an inch


def test_a_slider_keeps_the_number_of_its_figure(run):
    run(SLIDER, "numbered-see")
    code = "shown.sliders[0].value = 2\n"
    code += "display(shown.fallback['text/plain'])"
    assert "Figure 0.2. A batch of 60 images" in run(code, "other")["data"]["text/plain"]
