"""A device with the rules of an Apple GPU, on any machine: no float64, and no CPU tensors beside.

PyTorch's `meta` device stands for it: its tensors have a shape and a dtype but no numbers. Here
each of them also holds a tensor with its numbers, on the CPU, where everything is computed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
aten = torch.ops.aten
MAY_MIX = {aten.copy_.default, aten._to_copy.default, aten.index.Tensor, aten.index_put_.default}


class OnGPU(Tensor):
    """A tensor on the device."""

    @staticmethod
    def __new__(cls, held: Tensor) -> OnGPU:
        if held.dtype in (torch.float64, torch.complex128):
            raise TypeError(
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't "
                "support float64. Please use float32 instead."
            )
        layout = {"strides": held.stride(), "storage_offset": held.storage_offset()}
        return cls._make_wrapper_subclass(
            cls, held.shape, dtype=held.dtype, device=DEVICE, **layout
        )

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None) -> Any:
        return _compute(function, args, kwargs or {})

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.held.__reduce_ex__(protocol)  # as torch.load gives it with map_location="cpu"


def _compute(function: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Compute an operation of PyTorch on the held tensors, or refuse it as the device does."""
    tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
    here = [value for value in tensors if isinstance(value, OnGPU)]
    on_device = bool(here)
    if (device := kwargs.get("device")) is not None:
        on_device = torch.device(device) == DEVICE
        kwargs = {**kwargs, "device": torch.device("cpu")}
    if any(value.device == DEVICE for value in tensors if not isinstance(value, OnGPU)):
        raise AssertionError(f"{function} got a tensor of `meta`, whose numbers are lost")
    elsewhere = [value for value in tensors if value.ndim and not isinstance(value, OnGPU)]
    if here and elsewhere and function not in MAY_MIX:
        raise RuntimeError(f"Expected all tensors to be on the same device: {function}")
    result = function(*tree_map(_held, args), **tree_map(_held, kwargs))
    if not on_device or function is aten._local_scalar_dense.default:
        return result if function is not aten.copy_.default else args[0]
    known = {id(value.held): value for value in here}  # of an operation in place

    def put(value: Any) -> Any:
        known_or_new = known.get(id(value))
        if known_or_new is None and isinstance(value, Tensor):
            return OnGPU(value)
        return value if known_or_new is None else known_or_new

    return tree_map(put, result)


def _held(value: Any) -> Any:
    return value.held if isinstance(value, OnGPU) else value


def _number(value: Any, dtype: torch.dtype) -> Any:
    return value if isinstance(value, Tensor) else OnGPU(torch.tensor(value, dtype=dtype))


class _Factories(TorchDispatchMode):
    """Makes tensors on the device, as in `torch.zeros(3, device=device)`."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None) -> Any:
        return _compute(function, args, kwargs or {})


class _Move(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, held: Tensor) -> Tensor:
        return OnGPU(held.detach().clone())

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Tensor:
        return gradient.held


class _Moves(TorchFunctionMode):
    """Moves numbers to the device, as in `x.to(device)`, where `meta` would lose them."""

    def __torch_function__(self, function, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == DEVICE:
            held = function(*args, **{**kwargs, "device": None})
            return held if isinstance(held, OnGPU) else _Move.apply(held)
        if function in (Tensor.__getitem__, Tensor.__setitem__) and isinstance(args[0], OnGPU):
            place, index, *values = args
            index = torch.tensor(index) if isinstance(index, list) else index
            numbers = [_number(value, place.dtype) for value in values]
            return function(place, index, *numbers)
        if function is not Tensor.to or isinstance(args[0], OnGPU):
            return function(*args, **kwargs)
        device, dtype, *_ = torch._C._nn._parse_to(*args[1:], **kwargs)
        if device != DEVICE:
            return function(*args, **kwargs)
        return _Move.apply(args[0].to(dtype or args[0].dtype))


@contextlib.contextmanager
def apple_gpu(monkeypatch: Any) -> Iterator[torch.device]:
    """Give a device with these rules; it has fused optimizers and no autocast, as the real one."""
    autocast = torch.autocast

    def as_mps(kind: str, *rest: Any, **named: Any) -> torch.autocast:
        return autocast("mps" if kind == DEVICE.type else kind, *rest, **named)

    monkeypatch.setattr(torch, "autocast", as_mps)
    optimizer = sys.modules["torch.optim.optimizer"]  # torch.optim hides it
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: ["cpu", "meta"])
    with _Factories(), _Moves():
        yield DEVICE
