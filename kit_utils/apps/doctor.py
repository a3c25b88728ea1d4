"""`kit doctor`: checks that everything is in place, and says what to do if it is not."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from traitlets import Unicode

from kit_utils.apps.chromium import check_chromium
from kit_utils.apps.command import Command, CommandError
from kit_utils.apps.doctor_grading import check_box, check_copies, check_tests, is_instructors
from kit_utils.apps.finding import Finding
from kit_utils.data import DataSet

DISTRIBUTION = "deep-learning-kit"
GRADING = 'extra == "grading"'
EXTRAS = {  # what the optional packages are for
    GRADING: "to grade",
    'extra == "dev"': "if you develop the kit",
    'extra == "cluster"': "to grade on a Dask cluster",
}
OF_THE_SERVER = ("jupyterlab", "nbgrader")  # Colab and Kaggle have another page
FREE_SPACE = 2e9  # bytes; a graded class with its figures and weights stays well below


class DoctorApp(Command):
    """Checks the installation, the data and the course. Exit status 1 if there is a problem."""

    name = "kit doctor"
    course = Unicode(".", help="The course folder, with source/ and nbgrader_config.py.").tag(
        config=True
    )
    aliases = {"course": "DoctorApp.course"}

    def run(self) -> int:
        """Print every finding, and return 1 if one is a problem."""
        course = Path(self.course)
        if not course.is_dir():
            raise CommandError(f"there is no folder {course.resolve()}.")
        checks: list[Callable[[], Iterator[Finding]]] = [
            lambda: check_requirements(course / "constraints.txt"),
            check_torch,
            check_data,
            check_extensions,
            lambda: check_course(course),
            lambda: check_tests(course),
            lambda: check_copies(course),
            lambda: check_box(course),
            lambda: check_space(course),
            check_chromium,
        ]
        problems = 0
        for finding in (finding for check in checks for finding in check()):
            print(finding, flush=True)
            problems += finding.kind == "problem"
        print(f"{problems} problem{'' if problems == 1 else 's'} found.")
        return int(problems > 0)


def check_requirements(constraints: Path) -> Iterator[Finding]:
    """Check that every required package is there, in the version that was tested.

    Python itself is new enough, or the kit could not have been installed.

    Args:
        constraints: the file of tested versions; it may be missing.
    """
    yield Finding("ok", f"Python {platform.python_version()}")
    try:
        requirements = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or []]
        requirements.sort(key=lambda one: str(one.marker) == 'extra == "dev"')  # it has all
    except metadata.PackageNotFoundError:
        repair = "install its wheel by its file, or run 'pip install -e .' in a clone"
        yield Finding("problem", f"the kit is not installed: {repair}.")
        return
    lines = constraints.read_text("utf-8").splitlines() if constraints.exists() else []
    tested = dict(line.split("==") for line in lines if "==" in line)
    looked_at: set[str] = set()  # two extras may ask for the same
    for requirement in requirements:
        if requirement.name not in looked_at:
            yield check_requirement(requirement, tested.get(requirement.name))
        looked_at.add(requirement.name)


def check_requirement(requirement: Requirement, tested: str | None) -> Finding:
    """Compare an installed package with its bounds and with the tested version."""
    marker = str(requirement.marker or "")
    bad = "note" if marker and not (marker == GRADING and is_instructors()) else "problem"
    repair = f"run 'pip install \"{requirement.name}{requirement.specifier}\"'"
    if requirement.name in OF_THE_SERVER and not is_instructors():
        bad, repair = "note", f"{repair}, unless another server shows the notebooks"
    if marker:
        repair += f", {EXTRAS.get(marker, 'if you need it')}"
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return Finding(bad, f"{requirement.name} is missing: {repair}.")
    if version not in requirement.specifier:
        return Finding(
            bad, f"{requirement.name} {version} is not {requirement.specifier}: {repair}."
        )
    if tested is not None and version != tested:
        return Finding("note", f"{requirement.name} {version} (tested with {tested})")
    return Finding("ok", f"{requirement.name} {version}")


def check_torch() -> Iterator[Finding]:
    """Check that torch loads, and say where it computes."""
    try:
        import torch
    except (ImportError, OSError) as error:
        yield Finding("problem", f"torch does not load ({error}): install it and torchvision anew.")
        return
    from kit_utils.training import pick_device

    device = pick_device()
    name = f" ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else ""
    yield Finding("ok", f"torch computes on {device}{name}, {torch.get_num_threads()} CPU threads")


def check_data() -> Iterator[Finding]:
    """Check that the real data of the labs is there and complete."""
    from kit_utils.data import DATA_SETS, standin_asked_for

    found = [finding for one in DATA_SETS.values() for finding in _check_data_set(one)]
    yield from found
    missing = len(found) == len(DATA_SETS) and all(finding.kind == "note" for finding in found)
    if missing and is_instructors() and not standin_asked_for():
        names = " or ".join(one.name for one in DATA_SETS.values())
        commands = ", ".join(
            f"'{one.command} --hidden-labels' for {one.name}" for one in DATA_SETS.values()
        )
        yield Finding(
            "problem",
            f"all data sets are stand-ins. No lab can be graded here, because work done on {names} "
            f"is not judged on other images: run {commands}, or set KIT_STANDIN=1 to try the kit.",
        )


def _check_data_set(data_set: DataSet) -> Iterator[Finding]:
    """Check one data set, and the labels of its test images."""
    from kit_utils.data import DataError, load_hidden_labels

    try:
        data = data_set.load(download=False)
    except (DataError, OSError) as error:
        yield Finding("problem", str(error))
        return
    if data.is_standin:
        how = f"'{data_set.command}' fetches {data_set.name} ({data_set.download})"
        yield Finding("note", f"{data}; {how}")
        return
    yield Finding("ok", str(data))
    try:
        load_hidden_labels(data.name)
        yield Finding("ok", f"labels of the test images of {data.name}, for grading")
    except DataError as error:
        if is_instructors():
            yield Finding(
                "problem",
                f"{error} Without them its labs cannot be graded here. On students' machines, "
                "where nothing is graded, they must be missing.",
            )


def check_extensions() -> Iterator[Finding]:
    """Check that nbgrader's extensions of JupyterLab are enabled, where it is installed."""
    if not (find_spec("jupyterlab_server") and find_spec("nbgrader")):
        return
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    repair = "run 'jupyter server extension enable --sys-prefix --py nbgrader'"
    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions()
    for name in ("formgrader", "validate_assignment"):
        if enabled.get(f"nbgrader.server_extensions.{name}"):
            yield Finding("ok", f"nbgrader's server extension {name} is enabled")
        else:
            yield Finding("problem", f"nbgrader's server extension {name} is off: {repair}.")

    folders = jupyter_path("labextensions")
    name = "@jupyter/nbgrader"
    disabled = get_page_config(folders).get("disabledExtensions", {})
    if name not in get_federated_extensions(folders):
        yield Finding("problem", f"JupyterLab does not find {name}: install nbgrader anew.")
    elif name in disabled:
        yield Finding("problem", f"{name} is off: run 'jupyter labextension enable {name}'.")
    else:
        yield Finding("ok", f"JupyterLab's extension {name} is enabled")


def check_course(course: Path) -> Iterator[Finding]:
    """Check that this is a course folder whose configuration loads."""
    if (course / "release").is_dir() and not (course / "source").exists():
        yield Finding("ok", f"notebooks for students in {(course / 'release').resolve()}")
        return
    if not is_instructors():
        return  # in the folder of one lab, or on Colab
    if not any((course / "source").glob("*/*.ipynb")):
        yield Finding(
            "problem",
            f"no notebooks in {course.resolve() / 'source'}: name the course with --course.",
        )
    else:
        yield Finding("ok", f"notebooks in {course.resolve() / 'source'}")
    left = [p for p in (course / "source").glob("*/*") if p.suffix in (".pt", ".csv")]
    for path in sorted(left):
        yield Finding("note", f"{path} was left by a run of the notebook; delete it.")
    from traitlets.config import PyFileConfigLoader

    config = course / "nbgrader_config.py"
    if not config.exists():
        yield Finding("problem", f"{config.resolve()} is missing: copy it from the kit.")
        return
    try:
        PyFileConfigLoader(config.name, str(course)).load_config()
    # The file is a program of the instructor: it may raise anything.
    except Exception as error:
        yield Finding("problem", f"{config.resolve()} fails: {type(error).__name__}: {error}.")
    else:
        yield Finding("ok", "nbgrader_config.py loads")


def check_space(folder: Path) -> Iterator[Finding]:
    """Check that there is room for graded work."""
    free = shutil.disk_usage(folder).free
    if free < FREE_SPACE:
        yield Finding("problem", f"{free / 1e9:.1f} GB are free: make room, 2 GB at least.")
    else:
        yield Finding("ok", f"{free / 1e9:.0f} GB are free")
