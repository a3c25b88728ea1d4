"""What is seen of a training: lines of text, or one figure that is drawn again."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest

from kit_utils.training import History, watch
from kit_utils.training.watch import Watch, duration, to_html


class Clock:
    """Each reading is a second later."""

    now = 0.0

    def perf_counter(self) -> float:
        self.now += 1
        return self.now


def history(epochs: int) -> History:
    return History([2.0 / i for i in range(1, epochs + 1)], [], [i / 10 for i in range(epochs)])


@pytest.mark.parametrize(
    ("steps", "said"),
    [(6, ""), (100, ""), (500, "about 2 minutes on this machine\n")],
)
def test_the_duration_is_said_once_after_the_first_batches(monkeypatch, capsys, steps, said):
    monkeypatch.setattr(watch, "time", Clock())
    shown = Watch(History(), 1, steps)
    assert list(shown.steps(range(steps))) == list(range(steps))
    assert capsys.readouterr().out == said


def test_steps_are_counted_from_the_epoch_where_training_goes_on(capsys):
    shown = Watch(history(2), 5, 10)
    assert "goes on after epoch 2 of 5" in capsys.readouterr().out
    assert [watch.steps_taken() for _ in shown.steps(range(10))] == list(range(20, 30))
    assert watch.steps_taken() == 30


def test_the_time_that_is_left_is_that_of_the_whole_training(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    shown = Watch(History(), 4, 5)
    list(shown.steps(range(5)))
    shown.show(History([1.0], seconds=[1.0]), "1.0 s")
    shown._bar.refresh()
    assert "epoch 2/4:  25%" in terminal.getvalue() and "5/20 [" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "10 seconds"),
        (41, "50 seconds"),
        (100, "2 minutes"),
        (5399, "90 minutes"),
        (9000, "2.5 hours"),
    ],
)
def test_durations_are_round(seconds, text):
    assert duration(seconds) == text


def points_of(page: ElementTree.Element) -> list[list[tuple[float, ...]]]:
    lines = [line.get("points", "").split() for line in page.iter("polyline")]
    return [[tuple(map(float, point.split(","))) for point in line] for line in lines]


@pytest.mark.parametrize("epochs", [1, 2, 9])
def test_the_curve_grows_with_the_epochs(epochs):
    page = ElementTree.fromstring(to_html(history(epochs), "epoch <1>"))
    loss, accuracy = points_of(page)
    assert len(loss) == len(accuracy) == epochs
    if epochs > 1:
        assert loss[0][0] < loss[-1][0] and loss[0][1] < loss[-1][1]  # SVG counts y downwards
        assert accuracy[0][1] > accuracy[-1][1]
    assert "epoch <1>" in "".join(page.itertext())
    names = [picture.get("aria-label") for picture in page.iter("svg")]
    assert names[0] == f"training loss {2 / epochs:.4g} to 2, now {2 / epochs:.4g}"


def test_without_validation_there_is_one_panel():
    page = ElementTree.fromstring(to_html(History([1.0, float("nan")]), "nan"))
    assert len(points_of(page)) == 1
