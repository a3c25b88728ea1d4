"""A sealed hint opens for who made its mistake, and for nobody else."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import numpy as np
import pytest

from kit_utils.check import sealed
from kit_utils.check.sealed import ENTRIES, Known, Seen, seal, unseal

GENERATOR = np.random.RandomState(0)
RIGHT = GENERATOR.normal(size=(3, 4))
MISTAKES = {"the sign": -RIGHT, "a factor of two": 2 * RIGHT, "summed": RIGHT.sum(0)}
KNOWN = [Known(0, Seen.of([value]), hint, (0,)) for hint, value in MISTAKES.items()]


@pytest.fixture(scope="module")
def catalogue() -> Iterator[str]:
    """One of these mistakes, under keys that are computed at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "COST", 2)
        yield seal(KNOWN, "lab/cell")


@pytest.mark.parametrize("hint", MISTAKES)
@pytest.mark.parametrize("noise", [0, 1e-12, 1e-8])
def test_a_mistake_opens_its_hint_whatever_the_rounding(hint: str, noise: float, catalogue: str):
    value = MISTAKES[hint] * (1 + noise * GENERATOR.normal(size=MISTAKES[hint].shape))
    assert unseal(catalogue, 0, Seen.of([value])) == {hint: (0,)}


def test_the_right_values_open_nothing_and_near_variants_only_what_is_known(catalogue: str):
    assert unseal(catalogue, 0, Seen.of([RIGHT])) == {}
    assert unseal(catalogue, 0, Seen.of([None])) == {}
    for _ in range(250):
        factor, moved = GENERATOR.normal(), np.roll(RIGHT, GENERATOR.randint(1, 4), axis=1)
        for value in (factor * RIGHT, RIGHT + factor, moved, moved[::-1] * factor):
            assert unseal(catalogue, 0, Seen.of([value])) == {}


@pytest.mark.filterwarnings("error")
def test_very_large_values_open_their_hint():
    of_large = seal([Known(0, Seen.of([-1e200 * RIGHT]), "the sign", (0,))], "")
    assert unseal(of_large, 0, Seen.of([-1e200 * RIGHT])) == {"the sign": (0,)}
    assert unseal(of_large, 0, Seen.of([-1e201 * RIGHT])) == {}


def test_an_entry_belongs_to_its_question_and_to_all_its_cases():
    both = Seen.of([-RIGHT, None])
    of_both = seal([Known(1, both, "the sign", (1, 2))], "lab/cell")
    assert unseal(of_both, 1, both) == {"the sign": (1, 2)}
    assert unseal(of_both, 0, both) == {}
    assert unseal(of_both, 1, Seen.of([-RIGHT])) == {}
    assert unseal(of_both, 1, Seen.of([-RIGHT, -RIGHT])) == {}


def test_the_form_counts_and_so_does_what_is_not_finite():
    holes = np.where(RIGHT > 0, np.nan, RIGHT)
    for value in (RIGHT, RIGHT.T, RIGHT[None], holes, np.zeros((3, 4)), np.zeros((4, 3))):
        of_value = seal([Known(0, Seen.of([value]), "this one")], "")
        opened = [
            bool(unseal(of_value, 0, Seen.of([other])))
            for other in (RIGHT, RIGHT.T, RIGHT[None], holes, np.zeros((3, 4)), np.zeros((4, 3)))
        ]
        assert sum(opened) == 1


def test_mistakes_that_look_the_same_share_an_entry():
    alike = [Known(0, Seen.of([-RIGHT]), hint) for hint in ("the sign", "the direction")]
    assert set(unseal(seal(alike, ""), 0, Seen.of([-RIGHT]))) == {"the sign", "the direction"}


def test_the_catalogue_is_the_same_each_time_and_another_for_each_cell(catalogue: str):
    assert seal(KNOWN, "lab/cell") == catalogue == seal(KNOWN[::-1], "lab/cell")
    other = seal(KNOWN, "lab/other")
    assert other != catalogue and len(other) == len(catalogue)


def test_neither_hints_nor_their_number_can_be_read(catalogue: str):
    data = base64.b85decode(catalogue)
    assert all(hint.encode() not in data for hint in MISTAKES)
    assert len(seal(KNOWN[:1], "lab/cell")) == len(catalogue)
    assert len(data) % ENTRIES == 9 % ENTRIES
    assert seal([], "lab/cell") == "" and unseal("", 0, Seen.of([RIGHT])) == {}


def test_damage_is_said(catalogue: str):
    with pytest.raises(ValueError, match="the hints of this check are damaged"):
        unseal(catalogue[:-10], 0, Seen.of([-RIGHT]))
