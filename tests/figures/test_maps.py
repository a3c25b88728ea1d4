"""Maps: every thumbnail near its place, none on another, each with colour and letter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from kit_utils import figures
from kit_utils.figures.classes import class_marks
from kit_utils.figures.maps import place


def canvas(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def three_apart(shape):
    """Three grey images in corners of a map: black, mid-grey and white."""
    images = torch.zeros(shape, dtype=torch.uint8)
    images[1], images[2] = 128, 255
    return images, np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]), [0, 1, 1]


def test_places_do_not_overlap_and_lie_near():
    random = np.random.default_rng(0)
    wanted = random.uniform(0, 900, (300, 2)) * [1, 0.5]
    corners, shown = place(wanted, (30, 20), (930, 470))
    assert list(shown) == sorted(set(shown)) and len(shown) >= 290
    apart = np.abs(corners[:, None] - corners)
    assert ((apart[..., 0] >= 30) | (apart[..., 1] >= 20) | np.eye(len(corners), dtype=bool)).all()
    distance = np.abs(corners - wanted[shown])
    assert np.median(distance[:, 0]) <= 30 and np.median(distance[:, 1]) <= 20


def test_the_first_gets_the_place_and_who_finds_none_is_left_out():
    corners, shown = place(np.zeros((3, 2)), (10, 10), (19, 10))
    np.testing.assert_array_equal(corners, [[0, 0]])  # the raster holds one cell
    np.testing.assert_array_equal(shown, [0])


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 1, 28, 28), (3, 3, 96, 96)])
def test_each_image_is_at_its_place_with_its_rim(shape):
    images, positions, labels = three_apart(shape)
    figure = figures.image_map(images, positions, labels, class_names=["cat", "dog"])
    page = canvas(figure)
    cat, dog = (np.array(to_rgb(mark.colour)) for mark in class_marks(["cat", "dog"]))

    def middle_of(colour):
        rows, columns = np.nonzero((np.abs(page - colour) < 0.01).all(axis=2))
        return rows.mean() / len(page), columns.mean() / len(page)

    assert middle_of(cat)[0] > 0.8 and middle_of(cat)[1] < 0.2  # below, left
    lower = page[len(page) // 2 :, len(page) // 2 :].reshape(-1, 3)
    upper = page[: len(page) // 2, : len(page) // 2].reshape(-1, 3)
    assert (np.abs(lower - dog) < 0.01).all(axis=1).any()
    assert (np.abs(lower - 128 / 255) < 0.01).all(axis=1).sum() > 1000
    assert (np.abs(upper - dog) < 0.01).all(axis=1).any()


def test_every_image_has_the_letter_of_its_class():
    images, positions, labels = three_apart((3, 8, 8))
    figure = figures.image_map(images, positions, labels, class_names=["cat", "dog"])
    letters = figure.axes[0].collections
    assert [len(group.get_offsets()) for group in letters] == [1, 2]
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["cat", "dog"]
    assert "C cat, D dog" in figure.alt


def test_images_that_find_no_room_are_counted_at_the_foot():
    positions, labels = np.zeros((301, 2)), [0] * 300 + [1]
    positions[300] = 1
    figure = figures.image_map(
        np.ones((301, 4, 4)), positions, labels, class_names="ab", note="stand-in"
    )
    crowd, alone = (len(group.get_offsets()) for group in figure.axes[0].collections)
    assert crowd < 300 and alone == 1
    left_out = f"{300 - crowd} of 301 images left out for want of room"
    assert figure.get_supxlabel() == f"stand-in; {left_out}"


def test_a_thousand_thumbnails_find_room():
    random = np.random.default_rng(0)
    positions = random.normal(size=(1000, 2))  # as in maps, spread evenly over a disc
    positions *= np.sqrt(random.random((1000, 1))) / np.hypot(*positions.T)[:, None]
    figure = figures.image_map(
        np.ones((1000, 4, 4)), positions, np.arange(1000) % 10, class_names="abcdefghij"
    )
    assert sum(len(group.get_offsets()) for group in figure.axes[0].collections) >= 995


def test_a_map_of_photographs_is_kept_as_jpeg():
    images, positions, labels = three_apart((3, 3, 8, 8))
    figure = figures.image_map(images, positions, labels, class_names=["cat", "dog"])
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {"image/jpeg", "text/plain"}
    assert metadata["image/jpeg"]["alt"] == figure.alt


def test_letter_maps_draw_the_positions_given():
    maps = {"pixels": np.eye(3, 2), "layer 1": 5 * np.eye(3, 2)}
    figure = figures.letter_maps(maps, [0, 1, 1], class_names=["cat", "dog"], note="stand-in")
    assert [axes.get_title() for axes in figure.axes[:2]] == ["pixels", "layer 1"]
    for axes, positions in zip(figure.axes, maps.values(), strict=False):
        drawn = np.concatenate([group.get_offsets() for group in axes.collections])
        np.testing.assert_allclose(drawn, positions)
    cats, dogs = figure.axes[0].collections
    assert cats.get_paths()[0].vertices.shape != dogs.get_paths()[0].vertices.shape
    assert "pixels, layer 1" in figure.alt and figure.get_supxlabel() == "stand-in"


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (["car", "cat", "dog", "deer"], "CADE"),
        ([str(n) for n in range(10)], "0123456789"),
        (["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"], ""),
        (["é", "a", "a"], ""),
    ],
)
def test_every_class_has_a_letter_of_its_own(names, letters):
    marks = class_marks(names)
    assert len({mark.letter for mark in marks}) == len(names)
    assert not letters or [mark.letter for mark in marks] == list(letters)


def luminance(colour):
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_letters_can_be_read_on_their_colours():
    for mark in class_marks("abcdefghij"):
        light, dark = sorted([luminance(mark.colour), luminance(mark.ink)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, mark  # as WCAG 2.1 asks of text


TWO = (np.ones((2, 3, 3)), np.eye(2), [0, 1])


@pytest.mark.parametrize("draw", [figures.image_map, figures.interactive_map])
@pytest.mark.parametrize(
    ("arguments", "names", "message"),
    [
        ((TWO[0], np.ones(2), TWO[2]), "ab", r"positions must have shape \(N, 2\)"),
        ((TWO[0], TWO[1], [0]), "ab", "labels has 1"),
        ((TWO[0], TWO[1], [0, 2]), "ab", "class 2 has no name"),
        ((TWO[0], np.full((2, 2), np.nan), TWO[2]), "ab", "positions holds NaN"),
        ((np.ones((2, 4)), TWO[1], TWO[2]), "ab", "images must have shape"),
        (TWO, [], "1 to 36 names"),
    ],
)
def test_bad_input_is_named(draw, arguments, names, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments, class_names=names)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.letter_maps({}, [0], class_names="a"), "positions is empty"),
        (lambda: figures.letter_maps({"a": np.eye(2)}, [0, 0], class_names="a", columns=0), "col"),
        (lambda: figures.letter_maps({"a": np.eye(3, 2)}, [0, 0], class_names="a"), "lengths"),
    ],
)
def test_bad_maps_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
