"""The points at which two expressions are compared: random points of a domain, without ties."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

import mpmath
import sympy as sp

from kit_utils.check.symbolic import Formula, mp, walk

MOST_DRAWS = 1_000
DOMAIN = (-3.0, 3.0)
FAR = 10  # without a domain, kinks are searched for in a range larger by this factor
NEAR = mp.mpf(10) ** -6  # distance of a neighbouring point, if something is undefined at a point


class Point(dict):
    """Values of the sampled symbols, by name; given quantities are computed on access.

    Raises:
        Undefined: a given quantity has no value here.
    """

    def __init__(self, free: Mapping[str, mpmath.mpf], given: Mapping[str, Formula]) -> None:
        super().__init__(free)
        self.given = given

    def __missing__(self, name: str) -> mpmath.mpf:
        if name not in self.given:
            raise KeyError(name)
        self[name] = self.given[name](self)
        return self[name]


class Space:
    """The sampled symbols and their domain.

    Args:
        names: of the symbols.
        given: quantities with their expressions in the sampled symbols.
        domain: range of each symbol, by name; (-3, 3) by default.
        where: a condition on the values of all symbols, by name; points that violate it are drawn
            again.
        seed: the same seed gives the same points.
    """

    def __init__(
        self,
        names: Iterable[str],
        given: Mapping[sp.Symbol, sp.Expr],
        domain: Mapping[str, tuple[float, float]],
        where: Callable[..., bool] | None,
        seed: int,
    ) -> None:
        self.names = sorted(names)
        self.given = {sym.name: Formula(walk(expression)) for sym, expression in given.items()}
        self.ends = {name: tuple(map(mp.mpf, domain.get(name, DOMAIN))) for name in self.names}
        self.far_ends = {
            name: ends if name in domain else tuple(FAR * end for end in ends)
            for name, ends in self.ends.items()
        }
        self.where = where
        self.generator = random.Random(seed)

    def draw(self) -> Point:
        """Draw a random point.

        Raises:
            ValueError: almost no point satisfies `where`.
        """
        for _ in range(MOST_DRAWS):
            point = Point(self._numbers(), self.given)
            if self.allows(point):
                return point
        raise ValueError("no point of the domain satisfies `where`")

    def allows(self, point: Point) -> bool:
        """Say whether a point satisfies `where`."""
        if self.where is None:
            return True
        values = {name: float(point[name]) for name in (*self.names, *self.given)}
        return bool(self.where(**values))

    def behind(self) -> dict[str, frozenset[str]]:
        """Return the sampled symbols that each given quantity depends on."""
        found: dict[str, frozenset[str]] = {}
        for name, formula in self.given.items():
            found[name] = frozenset().union(
                *(found.get(used, frozenset({used})) for used in formula.names)
            )
        return found

    def moved(self, point: Mapping[str, mpmath.mpf], to: Mapping[str, mpmath.mpf]) -> Point:
        """Return the point with other values of some sampled symbols."""
        return Point({name: to.get(name, point[name]) for name in self.names}, self.given)

    def beside(self, point: Point) -> Point:
        """Return a neighbouring point in a random direction."""
        steps = {name: mp.mpf(self.generator.uniform(-1, 1)) for name in self.names}
        return self.moved(point, {name: point[name] + NEAR * step for name, step in steps.items()})

    def _numbers(self) -> dict[str, mpmath.mpf]:
        """Draw numbers of three decimals, so that a counterexample can be checked by hand.

        No two have equal absolute values, which would be ties of max and min. None is a multiple of
        0.005, where kinks are likely. Each is changed by up to 1e-7, to avoid other ties.
        """
        numbers, taken = {}, set()
        for name, (low, high) in self.ends.items():
            numbers[name] = mp.mpf(self.generator.uniform(float(low), float(high)))
            for _ in range(MOST_DRAWS if low < high else 0):
                thousandths = round(self.generator.uniform(float(low), float(high)) * 1000)
                if thousandths % 5 and abs(thousandths) not in taken:
                    break
            else:
                continue
            taken.add(abs(thousandths))
            numbers[name] = mp.mpf(thousandths / 1000 + self.generator.uniform(-1e-7, 1e-7))
        return numbers
