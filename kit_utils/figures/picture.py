"""Shared by all figures: the picture that a notebook shows, colours, and checks of input."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from PIL import Image

from kit_utils.figures.saved import Place, figure_number, place_in_cell

# Okabe and Ito, "Color Universal Design" (2008), ordered by falling contrast to white paper.
# Line style and marker differ too, so that nothing depends on colour.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "x")

SCREEN_DPI = 100
DRAWN_DPI = 2 * SCREEN_DPI  # for sharp letters on high-resolution screens


class Picture(Figure):
    """A figure that a notebook shows by itself, with an alternative text for blind readers.

    It does not use pyplot, which would keep it in memory and show it a second time. What a notebook
    shows is saved as a file, too: see `kit_utils.figures.saved`.
    """

    def __init__(self, width: float, height: float, *, note: str | None = None) -> None:
        """Make an empty picture of `width` by `height` inches; `note` is a line at its foot."""
        super().__init__(figsize=(width, height), dpi=DRAWN_DPI, layout="constrained")
        self.patch.set_facecolor("white")
        self.note = note
        self.photographic = False  # the notebook stores it as JPEG, a fifth of the size
        self.function = _drawing_function()
        self.describe("Figure.")
        if note is not None:
            self.supxlabel(note, fontsize=9, style="italic", color="0.25")

    def describe(self, text: str) -> None:
        """Set the alternative text; the note is appended to it."""
        self.alt = text if self.note is None else f"{text} Note: {self.note}."

    @property
    def width(self) -> int:
        """Width on the screen, in CSS pixels."""
        return round(self.get_figwidth() * SCREEN_DPI)

    def png(self, mark: str = "") -> bytes:
        """Return the picture as PNG, at twice the screen's resolution; the file holds the mark."""
        buffer = io.BytesIO()
        # Not savefig, which draws twice: a canvas computes the layout while it draws.
        FigureCanvasAgg(self).print_png(buffer, metadata={"Source": mark} if mark else None)
        return buffer.getvalue()

    def pdf(self, mark: str) -> bytes:
        """Return the picture as PDF, equal for equal pictures; the file holds the mark."""
        buffer, dpi = io.BytesIO(), self.dpi
        metadata = {"Title": self.alt, "Subject": mark, "CreationDate": None}
        try:
            FigureCanvasPdf(self).print_pdf(buffer, metadata=metadata)
        finally:
            self.dpi = dpi  # which the canvas sets
        return buffer.getvalue()

    def save(self, place: Place | None) -> tuple[bytes, str]:
        """Return the picture as PNG, and where it was saved: a name and a line of text, or "".

        Args:
            place: where; None to save nothing.
        """
        png = self.png(place.mark if place else "")
        if place is None:
            return png, ""
        try:
            place.write({".png": png, ".pdf": self.pdf(place.mark)})
        except OSError as problem:
            return png, f"Not saved as a file: {problem}."
        return png, f"Saved as figures/{place.name}.png and .pdf."

    def write_number(self, number: str) -> None:
        """Write "Figure 2.1" at the foot, before the note; an empty number writes nothing."""
        label = f"Figure {number}"
        if not number or self.alt.startswith(f"{label}. "):
            return
        if self.note is None:  # the figure is made without a line for it
            self.set_figheight(self.get_figheight() + 0.25)
        text = label if self.note is None else f"{label}: {self.note}"
        self.supxlabel(text, fontsize=9, style="italic", color="0.25")
        self.alt = f"{label}. {self.alt}"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        self.write_number(figure_number())
        place = place_in_cell(self.function)
        drawn, saved = self.save(place)
        about = {"width": self.width, "alt": self.alt} | ({"figure": place.name} if place else {})
        kind = "image/png"
        if self.photographic:
            kind, drawn = "image/jpeg", _to_jpeg(drawn)
        text = f"{self.alt}\n{saved}" if saved else self.alt
        return {kind: to_base64(drawn), "text/plain": text}, {kind: about}


def to_base64(data: bytes) -> str:
    """Return bytes as a notebook stores them."""
    return base64.b64encode(data).decode("ascii")


def _to_jpeg(png: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(buffer, "jpeg", quality=88)
    return buffer.getvalue()


def _drawing_function() -> str:
    """Return the name of the function of this room that is being called from outside."""
    name, frame = "figure", sys._getframe(2)
    while frame and frame.f_globals.get("__name__", "").startswith("kit_utils.figures."):
        if frame.f_code.co_name.isidentifier() and not frame.f_code.co_name.startswith("_"):
            name = frame.f_code.co_name
        frame = frame.f_back  # type: ignore[assignment]
    return name


def to_array(values: Any, name: str) -> np.ndarray:
    """Return a tensor or array as a numpy array of finite numbers.

    Raises:
        ValueError: if it is empty, contains NaN or infinity, or is not an array of real numbers.
    """
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        # numpy knows neither bfloat16 nor float8
        array = (values.double() if values.is_floating_point() else values).numpy()
    else:
        try:
            array = np.asarray(values)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{name} cannot be read as an array: {error}") from error
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name} is empty, its shape is {array.shape}")
    if not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} holds NaN or infinity, first at index {first}")
    return array


def to_vector(values: Any, name: str) -> np.ndarray:
    """Return numbers of shape (n,) as float64.

    Raises:
        ValueError: as `to_array`, or if they have another shape.
    """
    array = to_array(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got {array.shape}")
    return array.astype(np.float64)


def to_class_numbers(values: Any, name: str) -> np.ndarray:
    """Return labels, shape (N,), as integers from 0.

    Raises:
        ValueError: if their shape is different, or they are not whole or are negative.
    """
    array = to_array(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (N,), got {array.shape}")
    if array.dtype.kind not in "ui":
        raise ValueError(f"{name} must be whole numbers (class indices), got {array.dtype}")
    if array.min() < 0:
        raise ValueError(f"{name} must not be negative, the smallest is {array.min()}")
    return array.astype(np.int64)


def same_length(**named: Sequence[Any] | np.ndarray) -> None:
    """Raise ValueError unless all arguments have the same length."""
    if len({len(values) for values in named.values()}) > 1:
        lengths = ", ".join(f"{name} has {len(values)}" for name, values in named.items())
        raise ValueError(f"lengths differ: {lengths}")
