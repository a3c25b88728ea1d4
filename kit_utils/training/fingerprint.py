"""The fingerprint of a training: a digest of everything that it starts from and that it uses.

A student's function is followed: its code, default values, closure, and the global names that the
code reads, with what these use in turn. Comments, docstrings and the places of lines do not count.
What an installed package defines (PyTorch, this kit) counts by its name alone.

Not followed: files that a function reads, modules that it imports inside its body, random numbers
that nobody seeded, and methods that are chosen by a name in a string. Objects that cannot be read,
such as generators and open files, are listed in `Fingerprint.unknown`.
"""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import kit_utils

NETWORK, TRAINING = "the untrained network", "the training function"
# Larger tensors (STL-10 without labels has 2.7 GB) are compared by some of their rows.
WHOLE_BYTES, ROWS = 64 * 2**20, 1000
TRAINED = ("_parameters", "_buffers", "training")  # of a network: what training itself changes
PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), torch.dtype)
INSTALLED = ("site-packages", "dist-packages")
LIBRARIES = (sysconfig.get_path("stdlib"), str(Path(kit_utils.__file__).parent))
Wrapper = staticmethod | classmethod | functools.cached_property


@dataclass
class Fingerprint:
    """Digests by name: of the network, the training function, and each global name in use."""

    parts: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)  # what cannot be followed, with its type

    def changes(self, earlier: Mapping[str, str]) -> list[str]:
        """Return the names whose digests differ, also those that only one side has."""
        names = [*self.parts, *(name for name in earlier if name not in self.parts)]
        return [name for name in names if self.parts.get(name) != earlier.get(name)]


def fingerprint(model: nn.Module, train: Callable[[], object]) -> Fingerprint:
    """Return the fingerprint of training an untrained model by calling `train()`."""
    trace = _Trace()
    trace.waiting[NETWORK] = model
    trace.waiting[TRAINING] = train
    return trace.finish()


def digest(*values: Any, weights: bool = True) -> str:
    """Return the digest of values, without the tensors of networks if `weights` is False.

    Raises:
        TypeError: something in them cannot be read.
    """
    trace = _Trace(weights=weights)
    for i, value in enumerate(values):
        trace.waiting[str(i)] = value
    found = trace.finish()
    if found.unknown:
        raise TypeError(f"cannot be followed: {', '.join(found.unknown)}")
    return hashlib.sha256(repr(sorted(found.parts.items())).encode()).hexdigest()


class _Trace:
    """Follows values, and the global names that their functions read."""

    def __init__(self, *, weights: bool = True) -> None:
        self.waiting: dict[str, Any] = {}  # named values that are to be followed
        self._weights = weights
        self._named: dict[str, Any] = {}
        self._seen: dict[int, tuple[int, Any]] = {}  # keeps objects alive, so that ids stay theirs
        self._hash = hashlib.sha256()

    def finish(self) -> Fingerprint:
        """Follow all that waits, and what is met on the way."""
        found = Fingerprint()
        while self.waiting:
            name = next(iter(self.waiting))
            value = self._named[name] = self.waiting.pop(name)
            self._hash, self._seen = hashlib.sha256(), {}
            try:
                self._follow(value)
            except Exception as problem:  # an object whose methods raise, too
                found.unknown.append(f"{name} ({problem})"[:200])
            found.parts[name] = self._hash.hexdigest()
        return found

    def _note(self, *values: object) -> None:
        self._hash.update(repr(values).encode())

    def _follow(self, value: Any) -> None:
        """Add a value to the digest.

        Raises:
            Exception: of any kind, if it cannot be read.
        """
        if isinstance(value, PLAIN):
            return self._note(type(value).__name__, value)
        if isinstance(value, torch.device):
            return self._note("device")  # the same training, elsewhere
        if id(value) in self._seen:
            return self._note("again", self._seen[id(value)][0])
        self._seen[id(value)] = len(self._seen), value
        self._note(type(value).__qualname__)
        match value:
            case Tensor():
                self._follow_tensor(value)
            case np.ndarray() if value.dtype != object:
                self._follow_tensor(value)
            case torch.Generator():
                self._follow_tensor(value.get_state())
            case types.FunctionType():
                self._follow_function(value)
            case types.MethodType():
                self._follow_each(value.__func__, value.__self__)
            case types.CodeType():
                self._follow_code(value, None)
            case type():
                self._follow_class(value)
            case types.ModuleType():
                self._follow_module(value)
            case tuple() | list() if type(value) in (tuple, list):
                self._note(len(value))
                self._follow_each(*value)
            case dict() if type(value) is dict:
                self._note(len(value))
                self._follow_each(*value.keys(), *value.values())
            case set() | frozenset():
                self._note(sorted(map(digest, value)))
            case _:
                self._follow_object(value)
        return None

    def _follow_each(self, *values: Any) -> None:
        for value in values:
            self._follow(value)

    def _follow_tensor(self, values: Tensor | np.ndarray) -> None:
        """Add shape, type and numbers; of a large tensor, rows at equal distances."""
        self._note(tuple(values.shape), str(values.dtype))
        if values.nbytes > WHOLE_BYTES and len(values) > ROWS:
            rows = np.linspace(0, len(values) - 1, ROWS).astype(int)
            values = values[torch.from_numpy(rows) if isinstance(values, Tensor) else rows]
        if isinstance(values, Tensor):
            plain = values.detach().resolve_conj().cpu().contiguous().reshape(-1)
            values = plain.view(torch.uint8).numpy()
        self._hash.update(np.ascontiguousarray(values).tobytes())

    def _follow_function(self, function: types.FunctionType) -> None:
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        if _is_installed(function.__code__.co_filename):
            self._note(function.__module__, function.__qualname__)
            local = "<locals>" in function.__qualname__  # such as a recipe with its momentum
            return self._follow_each(*cells if local else ())
        self._follow_code(function.__code__, function.__doc__)
        self._follow_each(function.__defaults__, function.__kwdefaults__)
        for name, value in zip(function.__code__.co_freevars, cells, strict=True):
            if name == "__class__":
                self._follow(value)  # the class of this method
            else:
                own = isinstance(value, types.FunctionType) and "<" not in value.__name__
                self._meet(value.__name__ if own else name, value)
        for name in sorted(set(_globals_of(function.__code__))):
            if name in function.__globals__:
                self._meet(name, function.__globals__[name])
            else:
                self._note(name, hasattr(builtins, name))
        return None

    def _meet(self, name: str, value: Any) -> None:
        """Add a name to the digest, and have its value followed under this name."""
        for other, known in {**self._named, **self.waiting}.items():
            if known is value and other in (name, NETWORK):
                return self._note(other)
        while name in self._named or name in self.waiting:
            name += "'"  # another module's, or another function's
        self._note(name)
        self.waiting[name] = value
        return None

    def _follow_code(self, code: types.CodeType, docstring: str | None) -> None:
        constants = [None if docstring and c == docstring else c for c in code.co_consts]
        self._note(code.co_code, code.co_names, code.co_freevars, code.co_flags)
        self._note(code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
        for constant in constants:
            if isinstance(constant, types.CodeType):
                inner = constant.co_consts[:1]
                text = inner[0] if inner and isinstance(inner[0], str) else None
                self._follow_code(constant, text)
            else:
                self._follow(constant)

    def _follow_class(self, kind: type) -> None:
        if _is_of_a_package(kind):
            return self._note(kind.__module__, kind.__qualname__)
        self._follow_each(*kind.__bases__)
        for name, value in vars(kind).items():
            followed = isinstance(value, types.FunctionType | property | Wrapper)
            if followed or not name.startswith(("__", "_abc_")):
                self._note(name)
                self._follow_member(value)
        return None

    def _follow_member(self, value: Any) -> None:
        match value:
            case staticmethod() | classmethod():
                self._follow(value.__func__)
            case property():
                self._follow_each(value.fget, value.fset)
            case functools.cached_property():
                self._follow(value.func)
            case types.GetSetDescriptorType() | types.MemberDescriptorType():
                pass  # of the attributes themselves
            case _:
                self._follow(value)

    def _follow_module(self, module: types.ModuleType) -> None:
        path = getattr(module, "__file__", None)
        self._note(module.__name__)
        if path and not _is_installed(path):
            self._note(Path(path).read_bytes())

    def _follow_object(self, value: Any) -> None:
        """Add an object as pickle takes it apart: its class, arguments, state and items."""
        if isinstance(value, types.BuiltinFunctionType | functools._lru_cache_wrapper):
            wrapped = getattr(value, "__wrapped__", None)
            owner = getattr(value, "__self__", None)
            owner = None if isinstance(owner, types.ModuleType) else owner
            self._note(value.__module__, value.__qualname__)
            return self._follow_each(wrapped, owner)
        parts = value.__reduce_ex__(4)
        if isinstance(parts, str):
            return self._note(type(value).__module__, parts)
        make, arguments, state, *items = (*parts, None, None, None)[:5]
        if isinstance(value, nn.Module) and not self._weights and isinstance(state, dict):
            state = {k: v for k, v in state.items() if k not in TRAINED}
        self._follow_each(make, arguments, state)
        return self._follow_each(*(list(part) for part in items if part is not None))


def _globals_of(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that code reads, also in the functions within it."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield step.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_of(constant)


def _is_of_a_package(kind: type) -> bool:
    """Say whether an installed package defines a class."""
    module = sys.modules.get(kind.__module__)
    path = getattr(module, "__file__", None)
    if module is None or kind.__module__ == "__main__" or (path and not _is_installed(path)):
        return False
    found: Any = module
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return path is not None or found is kind  # in a namespace without a name, classes say builtins


def _is_installed(path: str) -> bool:
    """Say whether a file belongs to an installed package or to Python."""
    return path.startswith((*LIBRARIES, "<frozen")) or any(
        part in INSTALLED for part in Path(path).parts
    )
