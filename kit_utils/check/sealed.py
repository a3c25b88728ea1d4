"""Hints on known mistakes that only who made the mistake can read.

A check that is handed out holds no wrong value and no hint in the open. Each hint is encrypted
under a key that scrypt (RFC 7914) derives from what the check sees of its mistake: the shapes and
the rounded values of the wrong results. Who made the mistake has these values. Nothing is derived
from the right ones.

Rounding decides nothing: a mistake is sealed on the grid, of several shifted ones, on which its
values are far from the ends of a step, and an answer is looked up on all of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

LARGEST = 4096  # entries of a result that is looked up
STEP = 1e-5  # of the grids; noise of float64 is far smaller
GRIDS = 4
NOTHING = 1e-12  # values below it count as 0
# Their roots are not multiples of one another, so the directions below have no pattern in common.
PRIMES = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0])
SALT, TAG = 8, 12  # bytes
COST = 2**10  # of scrypt: 10 ms, 1 MB
ENTRIES, BODY = 8, 32  # the number of entries and their length are padded to multiples of these


@dataclass(frozen=True)
class Seen:
    """What a check sees of the wrong results of one question.

    Attributes:
        form: the shapes of the results, which entries are finite, and which results are right.
        numbers: their norms and directions, a few for each result.
    """

    form: str
    numbers: tuple[float, ...]

    @classmethod
    def of(cls, results: Sequence[np.ndarray | None]) -> Seen:
        """Describe results, in the order of their claims; None is a right one."""
        parts = [_describe(result) for result in results]
        return cls("; ".join(form for form, _ in parts), tuple(n for _, own in parts for n in own))

    def equals(self, other: Seen) -> bool:
        """Say whether another mistake may look the same."""
        return self.form == other.form and np.allclose(
            self.numbers, other.numbers, rtol=0, atol=10 * STEP
        )

    def on_grid(self, grid: int) -> bytes:
        """Return what a key is derived from."""
        steps = np.rint(np.array(self.numbers) / STEP + grid / GRIDS).astype(int)
        return json.dumps([self.form, grid, *steps.tolist()]).encode()

    def best_grid(self) -> int:
        """Return the grid on which the numbers are the farthest from the ends of a step."""
        numbers = np.array(self.numbers) / STEP

        def margin(grid: int) -> float:
            inside = numbers + grid / GRIDS
            return float(np.min(0.5 - np.abs(inside - np.rint(inside)), initial=0.5))

        return max(range(GRIDS), key=margin)


@dataclass(frozen=True)
class Known:
    """A known mistake as one question shows it.

    Attributes:
        question: the number of it.
        seen: what its check sees.
        hint: the step to redo.
        questions: the numbers of all that show the mistake.
    """

    question: int
    seen: Seen
    hint: str
    questions: tuple[int, ...] = ()


def seal(known: Iterable[Known], context: str) -> str:
    """Return a catalogue of mistakes in the form in which it is handed out.

    Number, length and order of its entries tell nothing: they are padded and sorted.

    Args:
        known: mistakes that look the same in one question share an entry.
        context: of the catalogue, such as course, assignment and cell; no two should be equal.
    """
    salt = hashlib.blake2b(context.encode(), digest_size=SALT).digest()
    entries: dict[bytes, list[tuple[str, tuple[int, ...]]]] = {}
    for one in known:
        key = _key(salt, one.question, one.seen, one.seen.best_grid())
        entries.setdefault(key, []).append((one.hint, one.questions))
    bodies = {key: json.dumps(body).encode() for key, body in entries.items()}
    length = -(-max(map(len, bodies.values()), default=0) // BODY) * BODY
    sealed = [key[:TAG] + _encrypt(body.ljust(length, b"\0"), key) for key, body in bodies.items()]
    # The padding looks like entries to all who do not know the hints.
    secret = hashlib.shake_256(salt + b"".join(sorted([*bodies, *bodies.values()])))
    size = TAG + length
    missing = -len(sealed) % ENTRIES
    noise = secret.digest(missing * size)
    sealed += [noise[k * size : (k + 1) * size] for k in range(missing)]
    if not bodies:
        return ""
    return base64.b85encode(salt + bytes([length // BODY]) + b"".join(sorted(sealed))).decode()


def unseal(catalogue: str, question: int, seen: Seen) -> dict[str, tuple[int, ...]]:
    """Return the hints on the mistakes that look like this, and the questions that show each.

    Args:
        catalogue: from `seal`.
        question: as there.
        seen: of a student's results.

    Raises:
        ValueError: the catalogue is damaged.
    """
    if not catalogue:
        return {}
    data = base64.b85decode(catalogue)
    salt, length, entries = data[:SALT], data[SALT] * BODY, data[SALT + 1 :]
    size = TAG + length
    if len(entries) % size:
        raise ValueError("the hints of this check are damaged")
    bodies = {
        entries[k : k + TAG]: entries[k + TAG : k + size] for k in range(0, len(entries), size)
    }
    for grid in range(GRIDS):
        key = _key(salt, question, seen, grid)
        if body := bodies.get(key[:TAG]):
            found = json.loads(_encrypt(body, key).rstrip(b"\0"))
            return {hint: tuple(questions) for hint, questions in found}
    return {}


def _describe(result: np.ndarray | None) -> tuple[str, list[float]]:
    """Return the form of a result, and its norm and direction."""
    if result is None:
        return "right", []
    values = np.asarray(result, dtype=np.float64)
    finite = np.isfinite(values)
    flat = np.where(finite, values, 0.0).ravel()
    form = f"{values.shape}" + ("" if finite.all() else f" {np.flatnonzero(~finite).tolist()}")
    largest = float(np.abs(flat).max(initial=0.0))
    if largest < NOTHING:
        return f"{form} 0", []
    scaled = flat / largest  # as the square of a very large value overflows
    norm = float(np.linalg.norm(scaled))
    directions = np.cos(np.outer(np.sqrt(PRIMES), np.arange(1, flat.size + 1)))
    return form, [float(np.log(largest) + np.log(norm)), *(directions @ scaled / norm).tolist()]


def _key(salt: bytes, question: int, seen: Seen, grid: int) -> bytes:
    """Return a tag, by which an entry is found, and the key of its text."""
    text = b"%d " % question + seen.on_grid(grid)
    return hashlib.scrypt(text, salt=salt, n=COST, r=8, p=1, dklen=TAG + 32)


def _encrypt(body: bytes, key: bytes) -> bytes:
    """Encrypt or decrypt; each key is used for one entry."""
    stream = hashlib.shake_256(key[TAG:]).digest(len(body))
    return bytes(a ^ b for a, b in zip(body, stream, strict=True))
