"""A choice of the attacks again, graded by an ordinary user, whose box is made in another way."""

from __future__ import annotations

from tests.attacks import test_forging, test_submissions, test_tampering
from tests.attacks.course import Attacked

AS_USER = True
CHOSEN = {
    *("always-equal", "patched-judge", "input-transformer", "forgets-to-end"),
    *("forged-score", "forged-replies", "displayed-verdict", "stale-answers", "closed-wire"),
    *("pickled-header", "cyclic", "tower", "doubling"),
    *("more-points", "doubled-check", "forged-outputs", "own-kernel", "links", "strange-names"),
}
ATTACKS = [
    attack
    for module in (test_tampering, test_forging, test_submissions)
    for attack in module.ATTACKS
    if attack.name in CHOSEN
]


class TestRun(Attacked): ...


def test_all_that_were_chosen_are_there():
    assert {attack.name for attack in ATTACKS} == CHOSEN
