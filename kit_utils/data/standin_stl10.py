"""Stand-in shapes: drawings of ten classes, written as the files of STL-10.

With them everything runs without a download of gigabytes. They are fewer than STL-10, and drawings
instead of photographs, so accuracies cannot be compared. Seven classes are shapes of one colour;
three are patterns on a random shape. Colours, position, size, direction, light, background and
clutter are independent of the class, so that single pixels do not reveal it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kit_utils.data.folders import atomic_write, cache_folder
from kit_utils.data.standin import write_missing

TRAIN_SIZE, UNLABELLED_SIZE, TEST_SIZE = 500, 1500, 500
FILES = (
    "train_X.bin",
    "train_y.bin",
    "unlabeled_X.bin",
    "test_X.bin",
    "class_names.txt",
    "test_y.bin",
)
# Raise this number when the files change; otherwise old files stay in use.
FOLDER = "standin-shapes-1"
SIDE = 96  # pixels
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float32)


def standin_stl10_folder(*, hidden_labels: bool = False) -> Path:
    """Return the folder of the stand-in files, drawing the missing ones first.

    As with `standin_folder`, it is in the user's cache, the labels of the test images are needed
    only with `hidden_labels`, and several processes may call it at the same time.

    Raises:
        DataError: the files cannot be written.
    """
    folder = cache_folder() / FOLDER
    write_missing(folder, FILES if hidden_labels else FILES[:-1], _contents, _write_bytes)
    return folder


def _write_bytes(path: Path, content: bytes) -> None:
    with atomic_write(path) as file:
        file.write(content)


def _contents() -> list[tuple[str, bytes]]:
    """Return the names and the bytes of all files."""
    train, train_labels = _draw_all(TRAIN_SIZE, seed=0)
    unlabelled, _ = _draw_all(UNLABELLED_SIZE, seed=1)
    test, test_labels = _draw_all(TEST_SIZE, seed=2)
    names = "\n".join(CLASSES) + "\n"
    contents = train, train_labels, unlabelled, test, names.encode(), test_labels
    return list(zip(FILES, contents, strict=True))


def _draw_all(count: int, seed: int) -> tuple[bytes, bytes]:
    """Return `count` images in random order, with equally many of each class, and labels 1 to 10.

    Images are stored as in STL-10: red, green and blue plane, each column by column.
    """
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % len(CLASSES))
    images = np.stack([_draw(list(CLASSES.values())[label], random) for label in labels])
    return images.transpose(0, 1, 3, 2).tobytes(), (labels + 1).astype(np.uint8).tobytes()


# A class maps coordinates in the object's own frame, where it extends from about -1 to 1, to a
# mask (how much of a pixel it covers) and a pattern (the share of its second colour).
Class = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def _draw(cls: Class, random: np.random.Generator) -> np.ndarray:
    """Draw one image, uint8 (3, 96, 96)."""
    image = _background(random)
    mean = image.mean((1, 2))
    for _ in range(random.integers(2, 6)):
        _blend(image, _clutter(random), _muted_colour(random))

    radius = random.uniform(17, 34)
    top, left = random.uniform(0.9 * radius, SIDE - 0.9 * radius, 2).tolist()
    u, v = _frame(top, left, radius, random)
    mask, pattern = cls(u, v, random)
    paint, second = _two_colours(mean, random)
    light = 1 + random.uniform(0, 0.3) * _ramp(random)
    _blend(image, mask, (paint + pattern * (second - paint)) * light)

    image += random.uniform(0.01, 0.04) * random.standard_normal(image.shape, np.float32)
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)


def _blend(image: np.ndarray, mask: np.ndarray, colour: np.ndarray) -> None:
    image += mask * (colour - image)


def _background(random: np.random.Generator) -> np.ndarray:
    """Return two muted colours that blend in waves, float32 (3, 96, 96)."""
    first, second = _muted_colour(random), _muted_colour(random)
    waves = sum(
        np.sin(_ramp(random) * random.uniform(1, 9) + random.uniform(0, 2 * math.pi))
        for _ in range(3)
    )
    return first + (second - first) * (0.5 + waves / 6)


def _ramp(random: np.random.Generator) -> np.ndarray:
    """Return a plane that rises from about -1 to 1 in a random direction, (96, 96)."""
    angle = random.uniform(0, 2 * math.pi)
    rows, columns = math.cos(angle) * 2 / SIDE, math.sin(angle) * 2 / SIDE
    return rows * (ROWS - SIDE / 2) + columns * (COLUMNS - SIDE / 2)


def _clutter(random: np.random.Generator) -> np.ndarray:
    """Return the mask of a small ellipse, round or thin, (96, 96)."""
    u, v = _frame(random.uniform(0, SIDE), random.uniform(0, SIDE), 1, random)
    length, width = random.uniform(3, 25), random.uniform(1.5, 5)
    return _inside((1 - np.hypot(u / length, v / width)) * width, softness=1)


def _frame(
    top: float, left: float, radius: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates (u, v) around a point, in units of a radius, rotated and stretched."""
    angle, stretch = random.uniform(0, 2 * math.pi), random.uniform(0.85, 1.18)
    y, x = (ROWS - top) / radius, (COLUMNS - left) / radius
    return (
        (math.cos(angle) * x + math.sin(angle) * y) * stretch,
        (math.cos(angle) * y - math.sin(angle) * x) / stretch,
    )


def _muted_colour(random: np.random.Generator) -> np.ndarray:
    """Return a colour for background and clutter, float32 (3, 1, 1)."""
    return (0.25 + 0.5 * random.random(3, np.float32))[:, None, None]


def _two_colours(background: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return two colours, one clearly lighter, neither like the background, (2, 3, 1, 1)."""
    while True:
        colours = random.random((2, 3), np.float32)
        apart = np.linalg.norm(colours - background, axis=1).min()
        if apart > 0.4 and abs(np.diff(colours.mean(1))[0]) > 0.3:
            return colours[:, :, None, None]


def _inside(depth: np.ndarray, softness: float = 0.05) -> np.ndarray:
    """Return 1 where the depth below an edge is positive, 0 where negative, smooth between."""
    return np.clip(0.5 + depth / softness, 0, 1)


def _disc(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 1 - np.hypot(u, v)


def _ring(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.2 - np.abs(np.hypot(u, v) - 0.8)


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.85 - np.maximum(np.abs(u), np.abs(v))


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.58 - np.maximum(v, np.abs(u) * math.sqrt(3) / 2 - v / 2)


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    u, v = np.abs(u), np.abs(v)
    return np.minimum(1 - np.maximum(u, v), 0.3 - np.minimum(u, v))


def _star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    # Fold the five points onto one; its edge is a line from the tip to the notch beside it.
    half = math.pi / 5
    angle = np.abs((np.arctan2(v, u) + half) % (2 * half) - half)
    along, across = np.hypot(u, v) * np.stack([np.cos(angle), np.sin(angle)])
    tip, notch_along, notch_across = 1.15, 0.5 * math.cos(half), 0.5 * math.sin(half)
    edge = math.hypot(tip - notch_along, notch_across)
    return ((tip - along) * notch_across - across * (tip - notch_along)) / edge


def _crescent(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.minimum(_disc(u, v), np.hypot(u - 0.5, v) - 0.8)


def _plain(depth: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Class:
    """Make a class of shapes in one colour, from the depth below the edge."""

    def cls(
        u: np.ndarray, v: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        return _inside(depth(u, v)), np.zeros_like(u)

    return cls


def _with_pattern(depth: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Class:
    """Make a class of patterns with period 1, on a roundish random shape."""

    def cls(
        u: np.ndarray, v: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        waves = random.uniform(0.05, 0.15) * np.sin(
            random.integers(2, 5) * np.arctan2(v, u) + random.uniform(0, 2 * math.pi)
        )
        periods, shift = random.uniform(1.6, 2.4), random.random(2).tolist()
        pattern = depth((periods * u + shift[0]) % 1 - 0.5, (periods * v + shift[1]) % 1 - 0.5)
        return _inside(_disc(u, v) + waves), _inside(pattern, softness=0.1)

    return cls


def _stripes(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.25 - np.abs(u)


def _checks(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.sign(u * v) * np.minimum(
        np.minimum(np.abs(u), 0.5 - np.abs(u)), np.minimum(np.abs(v), 0.5 - np.abs(v))
    )


def _dots(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.3 - np.hypot(u, v)


CLASSES: dict[str, Class] = {
    "disc": _plain(_disc),
    "ring": _plain(_ring),
    "square": _plain(_square),
    "triangle": _plain(_triangle),
    "cross": _plain(_cross),
    "star": _plain(_star),
    "crescent": _plain(_crescent),
    "stripes": _with_pattern(_stripes),
    "checks": _with_pattern(_checks),
    "dots": _with_pattern(_dots),
}
