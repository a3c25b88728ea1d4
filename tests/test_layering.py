"""Who may import whom: the rooms of the kit stand on each other, and none looks up."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import kit_utils

PACKAGE = Path(kit_utils.__file__).parent
# From the lowest to the highest. A room may import those on lower lines.
LAYERS = [
    {"errors", "moved", "numbering"},
    {"data"},
    {"training"},
    {"figures", "handin", "unsupervised"},
    {"pages"},
    {"report"},
    {"check"},
    {"grading"},
    {"course"},
    {"demo"},
    {"apps"},
]
NOT_HANDED_OUT = {"course", "demo", "grading"}
NOT_FOR_STUDENTS = {
    *("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios"),  # not on Windows
    *("psutil", "pyseccomp"),  # the extra "grading"
}
# What modules have on Linux and lack on Windows, as far as a kit could be tempted to use it.
NOT_ON_WINDOWS = {
    *(f"os.{name}" for name in ("chown", "fork", "forkpty", "getgid", "getloadavg", "getpgid")),
    *(f"os.{name}" for name in ("getuid", "geteuid", "killpg", "mkfifo", "nice", "openpty")),
    *(f"os.{name}" for name in ("posix_spawn", "pread", "sched_getaffinity", "sendfile")),
    *(f"os.{name}" for name in ("setsid", "statvfs", "sysconf", "uname", "wait", "O_NOFOLLOW")),
    *(f"signal.{name}" for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2")),
    *(f"signal.{name}" for name in ("alarm", "pause", "pthread_kill", "setitimer", "sigwait")),
    *("socket.AF_UNIX", "time.tzset"),
}
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def module_of(path: Path, package: Path) -> str:
    names = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imports_in(tree: ast.AST, module: str, package: bool) -> Iterator[str]:
    """What a module imports: each module, and each name that may be one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")
            above = parents[: len(parents) - node.level + package] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def imports_of(package: Path) -> dict[str, set[str]]:
    """The modules of a package that each of them imports, at its start or later.

    The stub of a package, which its lazy face follows, counts as its imports.
    """
    paths = [*package.rglob("*.py"), *package.rglob("*.pyi")]
    found: dict[str, set[str]] = {module_of(path, package): set() for path in paths}
    for path in paths:
        module = module_of(path, package)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in imports_in(tree, module, path.stem == "__init__"):
            target = name if name in found else name.rpartition(".")[0]
            if target in found and target != module:
                found[module].add(target)
    return found


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def looking_up(imports: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Imports of a room that is not lower, with the room of the kit itself left out."""
    return {
        (module, other)
        for module, others in imports.items()
        for other in others
        if room_of(module) and room_of(other) and room_of(module) != room_of(other)
        if LEVEL[room_of(other)] >= LEVEL[room_of(module)]
    }


def cycle_in(imports: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, or nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    return imports_of(PACKAGE)


def test_every_room_has_its_layer(imports):
    assert {room_of(module) for module in imports} - {""} == set(LEVEL)
    assert sum(map(len, LAYERS)) == len(LEVEL)


def test_no_room_looks_up(imports):
    assert looking_up(imports) == set()


def test_no_modules_import_each_other_in_a_circle(imports):
    assert cycle_in(imports) == []


def test_what_students_get_starts_without_what_they_do_not_get():
    """The command `kit` has commands for instructors, and imports them when they are asked for."""
    for path in (path for path in PACKAGE.rglob("*.py") if "grading" not in path.parts):
        module = module_of(path, PACKAGE)
        if room_of(module) in NOT_HANDED_OUT:
            continue
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body]
        start = ast.Module([n for n in top if isinstance(n, ast.Import | ast.ImportFrom)], [])
        names = set(imports_in(start, module, path.stem == "__init__"))
        rooms = {room_of(name) for name in names if name.startswith("kit_utils.")}
        assert rooms & NOT_HANDED_OUT == set(), module


def test_what_students_get_needs_neither_linux_nor_packages_for_grading():
    """Not at its start, and not later: each import in its modules."""
    found = {
        (module_of(path, PACKAGE), name.partition(".")[0])
        for path in PACKAGE.rglob("*.py")
        if room_of(module := module_of(path, PACKAGE)) not in NOT_HANDED_OUT
        for name in imports_in(ast.parse(path.read_text("utf-8")), module, path.stem == "__init__")
    }
    assert [one for one in found if one[1] in NOT_FOR_STUDENTS] == []


def fails_on_windows(tree: ast.AST) -> Iterator[str]:
    """What a module uses that Windows lacks, or that means something else there."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name(module), name) if f"{module}.{name}" in NOT_ON_WINDOWS:
                yield f"{module}.{name}"
            case ast.ImportFrom(module=module, names=names):
                yield from {f"{module}.{alias.name}" for alias in names} & NOT_ON_WINDOWS
            case ast.Constant(str(text)) if text.startswith(("/tmp/", "/dev/", "/proc/", "/sys/")):
                yield text
            case ast.Call(ast.Attribute(_, "read_text"), arguments, words) if not arguments + words:
                yield "read_text without encoding"
            case ast.Call(ast.Attribute(_, "write_text"), arguments, words):
                if len(arguments) < 2 and "encoding" not in {word.arg for word in words}:
                    yield "write_text without encoding"


def test_what_students_get_uses_nothing_that_windows_lacks():
    found = {
        (module_of(path, PACKAGE), problem)
        for path in PACKAGE.rglob("*.py")
        if room_of(module_of(path, PACKAGE)) not in NOT_HANDED_OUT
        for problem in fails_on_windows(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


def test_the_rule_for_windows_notices_what_breaks_it():
    source = """
        os.fork(); os.path.join("a"); signal.SIGINT; time.time()
        from signal import SIGKILL, SIGTERM
        path.read_text(); path.read_text("utf-8"); path.write_text(text)
        path.write_text(text, encoding="utf-8"); open("/proc/meminfo")
    """
    assert set(fails_on_windows(ast.parse(textwrap.dedent(source)))) == {
        "os.fork",
        "signal.SIGKILL",
        "read_text without encoding",
        "write_text without encoding",
        "/proc/meminfo",
    }


def test_the_rules_notice_what_breaks_them(tmp_path):
    """The same rules on a small package with a circle and an import that looks up."""
    files = {
        "__init__.py": "",
        "data/__init__.py": "",
        "data/__init__.pyi": "from .mnist import load as load",
        "data/mnist.py": "def load():\n    from kit.check import verdict\n",
        "check/__init__.py": "",
        "check/verdict.py": "from kit.data import load",
    }
    for name, source in files.items():
        path = tmp_path / "kit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    imports = imports_of(tmp_path / "kit")
    assert looking_up(imports) == {("kit.data.mnist", "kit.check.verdict")}
    assert set(cycle_in(imports)) == {"kit.data.mnist", "kit.data", "kit.check.verdict"}


# Of the rooms of grading, from the lowest to the highest.
GRADING = [
    {"notebook", "skip_iri_grammar", "wire", "nbgrader_errors"},
    {"coursework", "forking"},
    {"box"},
    {"nbgrader_patches", "judge"},
    {"pipeline", "feedback", "lint"},
    {"classrun"},
    {"commands"},
]


def test_no_room_of_grading_looks_up(imports):
    level = {room: number for number, rooms in enumerate(GRADING) for room in rooms}
    inside = {
        module: {other for other in others if other.count(".") > 1}
        for module, others in imports.items()
        if room_of(module) == "grading" and module.count(".") > 1
    }
    assert {module.split(".")[2] for module in inside} == set(level)
    found = {
        (module, other)
        for module, others in inside.items()
        for other in others
        if room_of(other) == "grading"
        for own, its in [(module.split(".")[2], other.split(".")[2])]
        if own != its and level[its] >= level[own]
    }
    assert found == set()
