"""The device on which a network is computed, and mixed precision."""

from __future__ import annotations

import torch

from kit_utils.training.grading_run import is_grading

NO_GPU = "grading has no GPU: use `device`, from `device = pick_device()`, in place of "


def pick_device() -> torch.device:
    """Return the fastest device here: an NVIDIA or AMD GPU, an Apple GPU, or else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _explain_missing_gpu() -> None:
    """While grading, make PyTorch say what to write instead if code asks for a GPU."""
    initialise = torch.cuda._lazy_init

    def initialise_or_explain() -> None:
        try:
            initialise()
        except (AssertionError, RuntimeError) as error:  # torch without CUDA, no driver, or no GPU
            if not is_grading():
                raise
            raise RuntimeError(f'{NO_GPU}.cuda() or "cuda"') from error

    torch.cuda._lazy_init = initialise_or_explain


_explain_missing_gpu()


def mixed_precision(device: torch.device) -> torch.autocast:
    """Return a context that computes in bfloat16 on GPUs that support it natively.

    Without that support bfloat16 can be 200 times slower.
    """
    fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)
