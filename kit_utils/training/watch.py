"""What is seen while a network is trained: a bar, the time that is left, and a growing curve.

In a notebook one figure is redrawn after each epoch; elsewhere each epoch prints a line. The figure
is plain SVG: drawing it takes less than a millisecond, and letters follow the notebook's theme.
"""

from __future__ import annotations

import html
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tqdm import tqdm

from kit_utils.training.checkpoint import History

WIDTH, HEIGHT, EDGE = 300, 120, 8  # of a panel, in CSS pixels
FIRST = 5  # batches that are measured, after one that warms up
LONG = 20.0  # seconds; the duration of a shorter training is not worth a line
PANELS = (("training loss", "#0072B2"), ("validation accuracy", "#D55E00"))

_taken = 0


def steps_taken() -> int:
    """Return how many steps the running training has finished, for losses that change with time.

    Unlike a counter of your own, it is right after an interruption, too.
    """
    return _taken


class Watch:
    """Shows one training loop. Nothing but lines of text where nobody watches."""

    def __init__(self, history: History, epochs: int, steps: int) -> None:
        """Begin to show a training.

        Args:
            history: of the epochs before an interruption; empty for a new training.
            epochs: of the whole training.
            steps: in an epoch.
        """
        global _taken
        done = len(history.train_loss)
        self.epochs, self.total = epochs, epochs * steps
        self._began: float | None = None  # after the first batch
        self._figure = Figure() if done < epochs and _in_notebook() else None
        _taken = self._first = done * steps
        if done:
            print(f"goes on after epoch {done} of {epochs}", flush=True)
        if self._figure:
            self._figure.draw(history, f"epoch {done}/{epochs}")
        watched = sys.stdout.isatty() or _in_notebook()
        self._bar = tqdm(
            total=self.total,
            initial=_taken,
            desc=f"epoch {done + 1}/{epochs}",
            file=sys.stdout,  # output on stderr would cost points
            leave=False,
            mininterval=0.5,
            disable=not watched or done == epochs,
        )

    def steps(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Yield the batches of an epoch, and count them."""
        global _taken
        try:
            for batch in batches:
                yield batch
                _taken += 1
                self._bar.update()
                self._estimate()
        except BaseException:
            self._bar.close()
            raise

    def show(self, history: History, ending: str) -> None:
        """Show the last epoch of the history, with a remark at the end."""
        done = len(history.train_loss)
        line = f"epoch {done}/{self.epochs}: {_numbers(history)}, {ending}"
        self._bar.set_description(f"epoch {done + 1}/{self.epochs}", refresh=False)
        if done == self.epochs:
            self._bar.close()
        if self._figure:
            self._figure.draw(history, line)
        else:
            self._bar.clear()
            print(line, flush=True)

    def _estimate(self) -> None:
        """Say once, after the first batches, how long the training takes on this machine."""
        if _taken == self._first + 1:
            self._began = time.perf_counter()
        elif _taken == self._first + 1 + FIRST and self._began is not None:
            seconds = (time.perf_counter() - self._began) / FIRST * (self.total - _taken)
            if seconds >= LONG:
                self._bar.clear()
                print(f"about {duration(seconds)} on this machine", flush=True)


def duration(seconds: float) -> str:
    """Write a duration in round numbers: "40 seconds", "3 minutes", "2.5 hours"."""
    if seconds < 90:
        return f"{math.ceil(seconds / 10) * 10} seconds"
    if seconds < 90 * 60:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"


class Figure:
    """A figure in a notebook that is drawn again and again."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, history: History, caption: str) -> None:
        """Draw the curves, with a line of text that also stands where no figure is shown."""
        from IPython.display import display  # not there, and not needed, outside notebooks

        data = {"text/html": to_html(history, caption), "text/plain": caption}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def to_html(history: History, caption: str) -> str:
    """Return training loss and validation accuracy by epoch as panels of SVG, and the caption."""
    values = (history.train_loss, history.validation_accuracy)
    drawn = [
        _panel(name, colour, numbers)
        for (name, colour), numbers in zip(PANELS, values, strict=True)
        if numbers
    ]
    return f"<div>{''.join(drawn)}<div>{html.escape(caption)}</div></div>"


def _panel(name: str, colour: str, values: Sequence[float]) -> str:
    """Draw one curve; its extreme values are written above it."""
    low, high = min(values), max(values)
    scale = (HEIGHT - 2 * EDGE) / (high - low or 1)
    wide = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    points = [(EDGE + i * wide, HEIGHT - EDGE - (v - low) * scale) for i, v in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    title = f"{name} {low:.4g} to {high:.4g}, now {values[-1]:.4g}"
    return (
        f'<svg role="img" aria-label="{title}" width="{WIDTH}" height="{HEIGHT + 20}" '
        f'viewBox="0 -20 {WIDTH} {HEIGHT + 20}" style="margin-right: 8px">'
        f'<text x="{EDGE}" y="-6" font-size="11" fill="currentColor">{title}</text>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="currentColor" opacity="0.4"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/></svg>'
    )


def _numbers(history: History) -> str:
    """Return the losses and the accuracy of the last epoch as text."""
    line = f"training loss {history.train_loss[-1]:.4f}"
    if history.validation_loss:
        line += f", validation loss {history.validation_loss[-1]:.4f}"
        line += f", validation accuracy {history.validation_accuracy[-1]:.2%}"
    return line


def _in_notebook() -> bool:
    return type(sys.stdout).__module__.startswith("ipykernel")
