"""Values go over the wire and come back as they were, or are refused with the reason."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from enum import IntEnum

import numpy as np
import pytest
import sympy as sp
import torch

from kit_utils.check.student_errors import UnfitAnswer
from kit_utils.grading.wire import Message, WireError, decode, encode, values
from tests.grading.wire.strategies import same

Pair = namedtuple("Pair", "first second")


class Colour(IntEnum):
    RED = 1


def trip(value):
    return decode(encode(value))


def test_what_shares_memory_shares_it_at_the_other_end():
    array, tensor = np.arange(6.0).reshape(2, 3), torch.arange(3)
    found = trip([array, array.T, array.copy(), tensor, tensor.view(3), array, array[:]])
    assert np.shares_memory(found[0], found[5]) and np.shares_memory(found[0], found[6])
    assert not np.shares_memory(found[0], found[2])
    assert found[3].data_ptr() == found[4].data_ptr()
    assert np.array_equal(found[1], array.T)


def test_places_in_memory_that_are_used_again_are_told_apart():
    # Each becomes a float32 tensor, and that a contiguous array, before the next one is encoded.
    numbers = [torch.full((3, 4), float(k), dtype=torch.bfloat16).T for k in range(50)]
    assert [tensor[0, 0].item() for tensor in trip(numbers)] == list(range(50))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -(2**53), 2**53 - 1, 2**53, -(2**4095), 0.1, -0.0, 5e-324, ...),
        *(float("nan"), float("inf"), float("-inf"), "", "α\x00\n", b"", b"\x00\xff", [], (), {}),
        *([1, (2.0, [None])], {"a": 1, 2: "b", (1, "c"): 3.0, None: (), True: [], b"k": {}}),
        *(np.float32(0.1), np.int8(-3), np.bool_(True), np.complex64(1 + 2j), np.uint64(2**64 - 1)),
    ],
    ids=repr,
)
def test_plain_data_comes_back_as_it_was(value):
    assert same(trip(value), value)


@pytest.mark.parametrize("name", values.DTYPES)
def test_arrays_and_tensors_of_every_type_come_back(name):
    array = np.arange(6).reshape(2, 3).astype(name)
    assert same(trip(array), array)
    assert same(trip(torch.from_numpy(array)), torch.from_numpy(array))


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a[::2, ::-1],
        lambda a: a.T,
        np.asfortranarray,
        lambda a: np.broadcast_to(a[0], (5, 4)),
        lambda a: a[1:1],
        lambda a: a[0, 0],
        lambda a: np.array(a[0, 0]),
        lambda a: a.astype(">f8"),
    ],
    ids=["strides", "transposed", "fortran", "broadcast", "empty", "scalar", "0-dim", "big-endian"],
)
def test_the_memory_of_an_array_does_not_matter(change):
    array = change(np.random.default_rng(0).normal(size=(3, 4)))
    back = trip(array)
    assert type(back) is type(array) and back.shape == array.shape
    assert back.dtype == np.dtype("<f8") and np.array_equal(back, array)


def test_what_comes_back_can_be_written_to_and_is_no_part_of_the_other():
    array = np.zeros(3)
    from kit_utils.grading.wire import receive
    from tests.grading.wire.strategies import socket_with, stream_of

    with socket_with(stream_of(array)) as connection:
        back = decode(receive(connection))
    back += 1
    assert array.sum() == 0 and back.sum() == 3


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([1.0, 2.0], requires_grad=True) * 2,
        torch.nn.Parameter(torch.ones(2, 3)),
        torch.tensor([1 + 2j, 3j]).conj(),
        torch.tensor([1 + 2j, 3j]).conj().imag,
        torch.arange(6.0).reshape(2, 3).T[::1, 1:],
        torch.tensor(3.5),
        torch.zeros(0, 4),
        torch.ones(2).expand(3, 2),
        torch.tensor([1.0, float("nan"), -0.0, 1e-40], dtype=torch.bfloat16),
    ],
    ids=["grad", "parameter", "conj", "neg", "view", "0-dim", "empty", "expanded", "bfloat16"],
)
def test_a_tensor_comes_back_plain_with_its_values(tensor):
    back = trip(tensor)
    assert type(back) is torch.Tensor and not back.requires_grad
    assert not back.is_conj() and not back.is_neg()
    assert back.dtype is tensor.dtype and back.shape == tensor.shape
    assert torch.equal(back.nan_to_num(7), tensor.detach().nan_to_num(7))


def test_subclasses_come_as_the_kind_that_they_are():
    pair = trip(Pair(1, [2]))
    assert isinstance(pair, tuple) and pair == (1, [2]) and pair.second == [2]
    assert same(trip(OrderedDict(b=1, a=2)), {"b": 1, "a": 2})
    assert same(trip(Colour.RED), 1)
    assert same(trip(np.str_("text")), "text")
    assert same(trip(np.matrix([[1.0, 2.0]])), np.array([[1.0, 2.0]]))
    assert same(trip(np.ma.array([1.0, 2.0], mask=[0, 1])), np.array([1.0, 2.0]))


def test_symbols_may_be_keys():
    x = sp.Symbol("x", positive=True)
    assert trip({x: 1.5}) == {x: 1.5}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "a object is no data"),
        ({object()}, "a set has members that are no text"),
        (len, "a builtin_function_or_method is no data"),
        (np, "a module is no data"),
        ([1, {"a": object}], "a type is no data"),
        (np.array([None]), "an array of object values does not pass"),
        (np.array(["a"]), "an array of <U1 values does not pass"),
        (np.zeros(2, [("a", "f4")]), "values does not pass"),
        (np.array(["2020"], "datetime64[D]"), "values does not pass"),
        (np.zeros(1, np.longdouble), "values does not pass"),
        (torch.eye(2).to_sparse(), "a sparse tensor does not pass"),
        (torch.empty(2, device="meta"), "holds no plain numbers"),
        (torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "holds no plain numbers"),
        ({frozenset(): 1}, "a dict has keys"),
        ({torch.ones(1): 1}, "a dict has keys"),
        (sp.Matrix([1]), "is no data"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_data_is_refused_with_the_reason(value, reason):
    with pytest.raises(WireError, match=reason):
        encode(value)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


LIMITS = {
    "bits": (2**4096 - 1, 2**4096, "an int of 4,097 bits is too large"),
    "depth": (nested(values.MAX_DEPTH), nested(values.MAX_DEPTH + 1), "nested over 32 deep"),
    "items": ([0] * 1_999, [0] * 2_000, "over 2,000 items"),
    "axes": (np.zeros((1,) * 16), np.zeros((1,) * 17), "an array of 17 axes does not pass"),
    "keys": (
        {(k,): 0 for k in range(values.MAX_KEYS)},
        {(k,): 0 for k in range(values.MAX_KEYS + 1)},
        "over 1,000 keys",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_lets_the_largest_pass_and_refuses_the_next(limit, monkeypatch):
    if limit == "items":  # half a million take seconds
        monkeypatch.setattr(values, "MAX_ITEMS", 2_000)
    largest, larger, reason = LIMITS[limit]
    assert same(trip(largest), largest)
    with pytest.raises(WireError, match=reason):
        encode(larger)


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless += [endless, endless]
    with pytest.raises(WireError, match="nested over"):
        encode(endless)


def test_text_keys_are_not_limited_like_others():
    many = {f"word {k}": k for k in range(5 * values.MAX_KEYS)} | dict.fromkeys(range(5_000))
    assert trip(many) == many


def test_beyond_a_limit_a_part_becomes_a_note_where_objects_are_referred_to():
    sent = encode([2**5000, np.array([None]), object(), 3], lambda thing: ["handle", 0, "object"])
    first, second, third, fourth = decode(sent, lambda tree: tuple(tree))
    assert isinstance(first, UnfitAnswer) and "5,001 bits" in str(first)
    assert isinstance(second, UnfitAnswer) and "object values" in str(second)
    assert (third, fourth) == (("handle", 0, "object"), 3)


@pytest.mark.parametrize(
    "tree",
    [
        [],
        [1, 2],
        [[]],
        {},
        {"list": []},
        ["list"],
        ["list", 1],
        ["list", "ab"],
        ["list", [], []],
        ["tuple", {}],
        ["dict", {}],
        ["dict", [[1]]],
        ["dict", [[1, 2, 3]]],
        ["dict", ["ab"]],
        ["dict", [[["list", []], 1]]],
        ["dict", [[["array", 0], 1]]],
        ["dict", [[["expression", [["Symbol", "x", {}], ["sin", 0]]], 1]]],
        ["int", 5],
        ["int", "0x" + "f" * 1100],
        ["int", "seven"],
        ["float", "1.5"],
        ["float", ["nan"]],
        ["bytes", "AA"],
        ["bytes", "é"],
        ["bytes", 1],
        ["array", 1],
        ["array", -1],
        ["array", True],
        ["array", "0"],
        ["tensor", None],
        ["unfit", ["x"]],
        ["expression", {}],
        ["expression", []],
        ["handle", 0, "object"],
        ["pickle", "gASVAAAA"],
        ["eval", "1+1"],
    ],
    ids=str,
)
def test_a_forged_tree_is_refused(tree):
    with pytest.raises(WireError):
        decode(Message(tree, [np.zeros(2)]))


def test_forged_trees_meet_the_same_limits():
    tree = 1
    for _ in range(values.MAX_DEPTH + 1):
        tree = ["list", [tree]]
    with pytest.raises(WireError, match="too deep"):
        decode(Message(tree))
    with pytest.raises(WireError, match="too many"):
        decode(Message(["list", [0] * values.MAX_ITEMS]))
    colliding = [[["int", hex(k * (2**61 - 1))], 0] for k in range(2**7, 3_000)]
    with pytest.raises(WireError, match="other keys, or too many"):
        decode(Message(["dict", colliding]))
    expression = ["expression", [["Symbol", "x", {}]] * 1_000]
    with pytest.raises(WireError, match="too many expressions"):
        decode(Message(["list", [expression] * 11]))


def test_half_a_surrogate_pair_is_replaced():
    assert decode(Message("a\ud800")) == "a?"
    assert trip("a\ud800") == "a?"
