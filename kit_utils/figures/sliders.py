"""Interactive figures: moving a slider draws the picture again.

A notebook shows the result of each function as the last line of a cell. Where widgets do not work
(graded runs, feedback pages, PDF), it shows the static picture of `kit_utils.figures` instead.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import Pretty
from ipywidgets import HTML, FloatSlider, Layout, SelectionSlider, VBox

from kit_utils import figures
from kit_utils.training.grading_run import is_run_by_nbgrader

from .picture import to_base64, to_vector
from .saved import Place, figure_number, place_in_cell

BETAS = (0.0, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)


QUIET = 0.5  # seconds after the last move of a slider, until the picture is saved


class InteractiveFigure(VBox):
    """Sliders, and the picture that `draw` makes from their values, given in the same order.

    The file of the figure shows the state that was drawn last.
    """

    def __init__(self, draw: Callable[..., figures.Picture], sliders: Sequence[Any]) -> None:
        """Draw once, and again whenever a slider moves."""
        self.draw, self.sliders, self.view = draw, sliders, HTML()
        self._place: Place | None = None
        self._saving: asyncio.TimerHandle | None = None
        self._number = figure_number()
        self._redraw()
        for slider in sliders:
            slider.observe(self._redraw, names="value")
        super().__init__([*sliders, self.view])

    def _redraw(self, _: Any = None) -> None:
        try:
            picture = self.draw(*(slider.value for slider in self.sliders))
        except figures.StudentFunctionError as error:
            self.fallback = {"text/plain": str(error)}
            self.view.value = f"<p>{html.escape(str(error))}</p>"
            return
        picture.write_number(self._number)
        png = to_base64(self._draw_and_save(picture))
        self.fallback = {"text/plain": picture.alt, "image/png": png}
        self._width = picture.width
        self.view.value = (
            f'<img alt="{html.escape(picture.alt)}" width="{picture.width}" '
            f'style="max-width: 100%" src="data:image/png;base64,{png}">'
        )

    def _draw_and_save(self, picture: figures.Picture) -> bytes:
        """Return the picture as PNG; save the first at once, and others when the slider rests."""
        if place := place_in_cell(picture.function):
            self._place = place
            return picture.save(place)[0]
        if self._place:
            if self._saving:
                self._saving.cancel()
            loop = asyncio.get_event_loop()
            self._saving = loop.call_later(QUIET, picture.save, self._place)
        return picture.png()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Add the current picture, which converters show if they have no widget state."""
        data = super()._repr_mimebundle_(**options) | self.fallback
        if self._place is None or "image/png" not in data:
            return data
        about = {"alt": data["text/plain"], "width": self._width, "figure": self._place.name}
        return data, {"image/png": about}


def softmax_under_beta(
    softmax: Callable[..., Any],
    *,
    logits: Sequence[float] = (-1.0, 0.0, 2.0),
    negative: bool = False,
    static: bool = False,
) -> InteractiveFigure | figures.Picture | Pretty:
    """Let the reader change beta and the inputs of a softmax, and see the probabilities.

    Args:
        softmax: the student's function, as for `figures.softmax_under_beta`.
        logits: the inputs to start with. The sliders run from -5 to 5, or further if an input does.
        negative: whether beta may be negative too; otherwise it starts at 0.
        static: return a picture for three values of beta instead; graded runs always do.

    Returns:
        The sliders with the picture, or the picture, or, where the function gives no usable
        answer, one line that says so.

    Raises:
        ValueError: if the inputs are empty, not finite, or not a flat list.
    """
    if static or is_run_by_nbgrader():
        shown = (-1.0, 0.0, 1.0) if negative else (0.5, 1.0, 4.0)
        return _picture_or_line(lambda: figures.softmax_under_beta(softmax, logits, shown))
    below_zero = [-b for b in reversed(BETAS) if b] if negative else []
    options = [(f"{b:g}", b) for b in (*below_zero, *BETAS)]
    beta = SelectionSlider(options=options, value=1.0, description="beta")
    inputs = [
        _slider(f"x{i}", value, max(5.0, abs(value)))
        for i, value in enumerate(to_vector(logits, "logits"), start=1)
    ]
    return InteractiveFigure(
        lambda beta, *x: figures.softmax_under_beta(softmax, x, [beta]), [_wide(beta), *inputs]
    )


def dag_gradient_flow(
    forward: Callable[..., Any], backward: Callable[..., Any], *, static: bool = False
) -> InteractiveFigure | figures.Picture | Pretty:
    """Let the reader change x1, x2 and dE/dy, and see the gradients at max, min and sum.

    Args:
        forward: the student's function, as for `figures.dag_gradient_flow`.
        backward: the student's function, as for `figures.dag_gradient_flow`.
        static: return a picture at one point instead; graded runs always do.

    Returns:
        The sliders with the picture, or the picture, or, where a function gives no usable answer,
        one line that says so.
    """
    if static or is_run_by_nbgrader():
        return _picture_or_line(lambda: figures.dag_gradient_flow(forward, backward))
    sliders = [_slider("x1", 1.0, 4.0), _slider("x2", -0.5, 4.0), _slider("dE/dy", 1.0, 2.0)]
    return InteractiveFigure(
        lambda x1, x2, upstream: figures.dag_gradient_flow(
            forward, backward, x1=x1, x2=x2, upstream=upstream
        ),
        sliders,
    )


def batch_normalisation(
    forward: Callable[..., Any], *, static: bool = False
) -> InteractiveFigure | figures.Picture | Pretty:
    """Let the reader change scale and shift of two features, and see a batch before and after.

    Args:
        forward: the student's function, as for `figures.batch_normalisation`.
        static: return a picture at one setting instead; graded runs always do.

    Returns:
        The sliders with the picture, or the picture, or, where the function gives no usable
        answer, one line that says so.
    """
    if static or is_run_by_nbgrader():
        return _picture_or_line(
            lambda: figures.batch_normalisation(forward, scale=(2.0, 1.0), shift=(0.0, 3.0))
        )
    sliders = [
        _slider("scale 1", 1.0, 3.0),
        _slider("scale 2", 1.0, 3.0),
        _slider("shift 1", 0.0, 4.0),
        _slider("shift 2", 0.0, 4.0),
    ]
    return InteractiveFigure(
        lambda *values: figures.batch_normalisation(forward, scale=values[:2], shift=values[2:]),
        sliders,
    )


def optimiser_race(
    momentum_update: Callable[..., Any],
    gradient_point: Callable[..., Any],
    adam_update: Callable[..., Any] | None = None,
    *,
    static: bool = False,
) -> InteractiveFigure | figures.Picture | Pretty:
    """Let the reader change the settings of optimisers, and see their paths down a valley.

    Args:
        momentum_update: the student's function, as for `figures.optimiser_race`.
        gradient_point: the student's function, as for `figures.optimiser_race`.
        adam_update: the student's function, as for `figures.optimiser_race`. Without it there are
            no sliders for Adam's rate and for the rotation, which affects only Adam.
        static: return a picture at one setting instead; graded runs always do.

    Returns:
        The sliders with the picture, or the picture, or, where a function gives no usable answer,
        one line that says so.
    """
    functions = momentum_update, gradient_point, adam_update
    if static or is_run_by_nbgrader():
        return _picture_or_line(lambda: figures.optimiser_race(*functions))
    settings = {
        "learning_rate": _setting("learning rate", 0.02, 0.002, 0.06, step=0.002),
        "momentum": _setting("momentum", 0.9, 0.0, 0.98, step=0.02),
    }
    if adam_update is not None:
        settings["adam_rate"] = _setting("Adam's rate", 0.3, 0.02, 1.0, step=0.02)
        settings["angle"] = _setting("angle", 0.0, 0.0, 90.0, step=5.0)
    return InteractiveFigure(
        lambda *values: figures.optimiser_race(
            *functions, **dict(zip(settings, values, strict=True))
        ),
        list(settings.values()),
    )


def _picture_or_line(draw: Callable[[], figures.Picture]) -> figures.Picture | Pretty:
    try:
        return draw()
    except figures.StudentFunctionError as error:
        return Pretty(str(error))


def _slider(name: str, value: float, limit: float) -> FloatSlider:
    return _wide(FloatSlider(value, min=-limit, max=limit, step=0.1, description=name))


def _setting(name: str, value: float, low: float, high: float, *, step: float) -> FloatSlider:
    slider = FloatSlider(value, min=low, max=high, step=step, description=name)
    slider.readout_format = ".4g"
    slider.style.description_width = "7em"
    return _wide(slider)


def _wide(slider: Any) -> Any:
    slider.layout = Layout(width="32em", max_width="100%")
    return slider
