"""Grids: every tile in its place, one scale, captions that are true."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from kit_utils import figures


def mosaic(figure):
    return figure.axes[0].images[0].get_array()


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("shape", [(6, 1, 4, 5), (6, 4, 5)])
@pytest.mark.parametrize("as_numpy", [False, True])
def test_every_image_is_in_its_place(shape, as_numpy):
    images = torch.randint(0, 256, shape, dtype=torch.uint8)
    figure = figures.image_grid(images.numpy() if as_numpy else images, columns=3)
    drawn = mosaic(figure)
    gap = (drawn.shape[1] - 15) // 2
    assert gap > 0 and len(figure.axes) == 1
    for index, image in enumerate(images.reshape(6, 4, 5)):
        top, left = (index // 3) * (4 + gap), (index % 3) * (5 + gap)
        tile = drawn[top : top + 4, left : left + 5]
        np.testing.assert_allclose(np.asarray(tile), image.numpy() / 255)


def test_float_images_share_one_scale():
    images = np.stack([np.full((3, 3), -0.5), np.full((3, 3), 2.0), np.full((3, 3), 0.75)])
    drawn = np.asarray(mosaic(figures.image_grid(images, columns=1)))[:, 0]
    assert drawn[0] == 0 and drawn[-1] == 0.5 and np.nanmax(drawn) == 1


def test_equal_float_images_are_drawn():
    drawn = np.asarray(mosaic(figures.image_grid(np.full((1, 2, 2), 7.0))))
    np.testing.assert_array_equal(drawn, 0)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_colour_in_0_to_1_is_drawn_as_it_is(scale):
    image = scale * torch.rand(1, 3, 8, 8)
    drawn = mosaic(figures.image_grid(image))
    np.testing.assert_allclose(np.asarray(drawn), image[0].permute(1, 2, 0).numpy(), rtol=1e-6)


def test_pixels_reach_the_page():
    images = np.zeros((2, 8, 8), dtype=np.uint8)
    images[1] = 255
    figure = figures.image_grid(images, columns=2)
    figure.patch.set_facecolor("red")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="raw", dpi=50)
    width = round(figure.get_figwidth() * 50)
    page = np.frombuffer(buffer.getvalue(), np.uint8).reshape(-1, width, 4)[..., :3]
    black, white = (page == 0).all(axis=2), (page == 255).all(axis=2)
    assert black.sum() > 500 and white.sum() > 500
    assert np.argwhere(black)[:, 1].max() < np.argwhere(white)[:, 1].min()


def test_captions_title_and_note_are_there():
    figure = figures.image_grid(
        np.ones((3, 4, 4)), captions=["a", "b\nc", "d"], title="T", note="stand-in digits"
    )
    assert texts(figure) == ["a", "b\nc", "d"]
    assert figure.axes[0].get_title() == "T"
    assert figure.get_supxlabel() == "stand-in digits"
    assert "stand-in digits" in figure.alt


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (10, 5), (13, 4), (25, 5), (32, 8)])
def test_grid_is_nearly_square(count, columns):
    drawn = np.asarray(mosaic(figures.image_grid(np.ones((count, 30, 30)))))
    filled = ~np.isnan(drawn[0])
    assert filled.sum() == 30 * columns


@pytest.mark.parametrize("shape", [(10, 8, 8), (10, 1, 8, 8)])
def test_filter_scale_is_symmetric_and_zero_is_grey(shape):
    weights = torch.nn.Parameter(torch.rand(shape) - 0.2)
    figure = figures.filter_grid(weights, title="filters")
    image = figure.axes[0].images[0]
    low, high = image.get_clim()
    assert high == -low == pytest.approx(weights.abs().max().item())
    red, green, blue, _ = image.to_rgba(np.zeros((1, 1)))[0, 0]
    assert max(red, green, blue) - min(red, green, blue) < 0.05
    luminance = image.to_rgba(np.linspace(low, high, 9))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(luminance) > 0).all()  # signs stay apart in black and white
    assert len(figure.axes) == 2 and figure.axes[1].get_ylabel() == "weight"


def test_colour_filters_show_zero_as_mid_grey():
    weights = torch.zeros(2, 3, 2, 2)
    weights[1, 0] = -4.0
    figure = figures.filter_grid(weights, note="stand-in")
    drawn = np.asarray(mosaic(figure))
    np.testing.assert_allclose(drawn[0, 0], 0.5)
    np.testing.assert_allclose(drawn[-1, -1] if drawn.shape[0] > 2 else drawn[0, -1], [0, 0.5, 0.5])
    assert figure.get_supxlabel() == "mid-grey is 0, full colour is ±4; stand-in"


def test_filters_that_are_all_zero_are_drawn():
    assert figures.filter_grid(np.zeros((2, 3, 3))).axes[0].images[0].get_clim() == (-1, 1)


def test_bfloat16_is_read():
    assert figures.filter_grid(torch.ones(1, 2, 2, dtype=torch.bfloat16)).axes


def test_worst_mistakes_are_the_surest_wrong_ones():
    images = torch.zeros(4, 1, 5, 5, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.tensor([10, 20, 30, 40])
    labels = torch.tensor([0, 1, 2, 1])
    probabilities = torch.tensor(
        [[0.3, 0.6, 0.1], [0.0, 1.0, 0.0], [0.985, 0.015, 0], [0.4, 0, 0.6]]
    )
    figure = figures.worst_mistakes(images, labels, probabilities, count=2)
    assert texts(figure) == ["true 2, said 0, 98.5 %", "true 0, said 1, 60 %"]
    assert np.asarray(mosaic(figure))[0, 0] == pytest.approx(30 / 255)
    assert figure.axes[0].get_title().startswith("3 mistakes in 4 images")


def test_one_mistake_in_one_image_is_singular():
    figure = figures.worst_mistakes(np.ones((1, 3, 3)), [0], np.array([[0.0, 1.0]]))
    assert figure.axes[0].get_title() == "1 mistake in 1 image, the surest first"


def test_no_mistakes_are_said_so():
    figure = figures.worst_mistakes(np.ones((2, 3, 3)), [0, 1], np.eye(2))
    assert figure.texts[0].get_text() == "No mistakes in 2 images"


def halves(figure):
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


@pytest.mark.parametrize("shape", [(36, 28, 28), (36, 3, 96, 96)])
def test_before_and_after_stand_at_the_same_place(shape):
    images = torch.randint(0, 256, shape, dtype=torch.uint8)
    figure = figures.before_after(images, images.flip(-1), note="stand-in")
    left, right = halves(figure)
    side = shape[-1]
    gap = (left.shape[1] - 6 * side) // 5
    for index in (0, 7, 35):
        top, first = (index // 6) * (side + gap), (index % 6) * (side + gap)
        tile = left[top : top + side, first : first + side]
        expected = images[index].numpy() / 255
        np.testing.assert_allclose(
            tile, expected.transpose(1, 2, 0) if tile.ndim == 3 else expected
        )
        np.testing.assert_allclose(right[top : top + side, first : first + side], tile[:, ::-1])
    assert [axes.get_title() for axes in figure.axes] == ["original", "transformed"]
    assert figure.get_supxlabel() == "stand-in" and "36 images" in figure.alt


def test_before_and_after_share_one_scale():
    figure = figures.before_after(np.zeros((1, 4, 4)), np.full((1, 4, 4), 2.0))
    assert [float(half.max()) for half in halves(figure)] == [0, 1]


def test_feature_maps_show_those_that_vary_most_a_row_a_layer():
    maps = np.zeros((3, 4, 4))
    maps[0], maps[2] = 5 * np.eye(4), np.eye(4)
    layers = {"layer 1": torch.tensor(maps), "layer 2": torch.rand(1, 2, 2)}
    figure = figures.feature_maps(layers, image=torch.rand(3, 8, 8), columns=2, title="T")
    drawn = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert [image.shape for image in drawn] == [(8, 8, 3), (4, 4), (4, 4), (2, 2)]
    np.testing.assert_array_equal(drawn[1], maps[0])
    np.testing.assert_array_equal(drawn[2], maps[2])
    named = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert named == ["image\n8 × 8", "layer 1\n3 × 4 × 4", "layer 2\n1 × 2 × 2"]
    assert "layer 1 3 × 4 × 4" in figure.alt


IMAGES = np.ones((2, 3, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.image_grid(np.ones((2, 2))), r"shape .*got \(2, 2\)"),
        (lambda: figures.image_grid(np.ones((2, 4, 5, 5))), r"got \(2, 4, 5, 5\)"),
        (lambda: figures.image_grid(np.ones((0, 5, 5))), "images is empty"),
        (lambda: figures.image_grid([[[1.0, np.nan]]]), r"NaN.*index \(0, 0, 1\)"),
        (lambda: figures.image_grid(np.array([[["a"]]])), "real numbers"),
        (lambda: figures.image_grid([[1, 2], [3]]), "cannot be read"),
        (lambda: figures.image_grid(IMAGES, captions=["a"]), "images has 2, captions has 1"),
        (lambda: figures.image_grid(IMAGES, columns=0), "columns must be at least 1"),
        (lambda: figures.before_after(IMAGES, IMAGES[:1]), r"same shape .*\(2, 3, 3\)"),
        (lambda: figures.before_after(IMAGES, IMAGES.astype("uint8")), "same shape and type"),
        (lambda: figures.before_after(IMAGES, IMAGES, columns=0), "columns must be at least 1"),
        (lambda: figures.feature_maps({}), "activations is empty"),
        (lambda: figures.feature_maps({"a": IMAGES}, columns=0), "columns must be at least 1"),
        (lambda: figures.feature_maps({"a": np.ones((1, 2, 3, 3))}), r"'a'\] must have shape"),
        (lambda: figures.filter_grid(np.ones((10, 784))), "reshape"),
        (lambda: figures.filter_grid(np.ones((10, 2, 5, 5))), "weights must have shape"),
        (lambda: figures.filter_grid(np.full((1, 2, 2), np.inf)), "infinity"),
        (lambda: figures.worst_mistakes(IMAGES, [0, 1], np.ones(2)), r"\(N, C\)"),
        (lambda: figures.worst_mistakes(IMAGES, [0], np.eye(2)), "labels has 1"),
        (lambda: figures.worst_mistakes(IMAGES, [0, 1], 3 * np.eye(2)), "softmax"),
        (lambda: figures.worst_mistakes(IMAGES, [0, 2], np.eye(2)), "label 2 has no column"),
        (lambda: figures.worst_mistakes(IMAGES, [0, 1], np.eye(2), count=0), "count"),
        (lambda: figures.worst_mistakes(IMAGES, [0.0, 1.0], np.eye(2)), "whole numbers"),
        (lambda: figures.worst_mistakes(IMAGES, [0, -1], np.eye(2)), "negative"),
        (lambda: figures.worst_mistakes(IMAGES, [[0, 1]], np.eye(2)), r"labels must have shape"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("count", [1, 2])
def test_the_title_of_a_narrow_grid_is_not_cut(count):
    """With few mistakes the title is wider than the images."""
    probabilities = np.eye(2)[np.zeros(9999, dtype=int)]
    labels = (np.arange(9999) < count).astype(int)
    figure = figures.worst_mistakes(np.ones((9999, 28, 28)), labels, probabilities)
    figure.png()
    title = figure.axes[0].title.get_window_extent()
    assert title.x0 >= 0 and title.x1 <= figure.bbox.x1
