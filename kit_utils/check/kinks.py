"""Find kinks and jumps of an expression, and points close to them on both sides.

Between a kink of the answer and one of the reference, the answer may be wrong in a range too narrow
for random points. A kink is where a quantity changes its sign: the difference of the two sides of a
comparison, or the argument of a sign or an absolute value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import mpmath
import sympy as sp
from sympy.core.relational import Relational

from kit_utils.check.points import Point, Space
from kit_utils.check.symbolic import Formula, Refused, Undefined, mp, walk

Step = tuple[mpmath.mpf, mpmath.mpf]
Way = Mapping[str, mpmath.mpf]  # distances in each symbol that matters
Ends = Mapping[str, tuple[mpmath.mpf, mpmath.mpf]]  # of the range of each symbol

MOST_KINKS = 20
STEEP = 50  # an exponential with a larger factor looks like a jump
STEEP_ONES = (sp.exp, sp.tanh, sp.coth, sp.erf, sp.atan)
JUMPING = (sp.Abs, sp.sign, sp.Heaviside, sp.DiracDelta, sp.ceiling, sp.floor)
STEPS = 8  # steps on a line that is searched for a change of sign
LINES = 2
ROOTS = 2  # points of one kink
DISTANCES = ("1e-3", "1e-8")
TINY = mp.mpf(10) ** -15


@dataclass(frozen=True)
class Kink:
    """A quantity (one expression minus another) and the sampled symbols that it depends on."""

    terms: tuple[Formula, ...]
    names: frozenset[str]
    whole: bool = False  # the kinks are at whole numbers

    def __call__(self, point: Mapping[str, mpmath.mpf]) -> mpmath.mpf | None:
        """Return the value; None if it is undefined."""
        try:
            values = [term(point) for term in self.terms]
        except (Undefined, Refused):
            return None
        value = values[0] - values[1] if len(values) > 1 else values[0]
        return mp.sinpi(value) if self.whole else value


def kinks_of(nodes: Sequence[sp.Basic], given: Mapping[str, frozenset[str]]) -> list[Kink]:
    """Return the kinks of an expression, at most `MOST_KINKS`.

    Args:
        nodes: the result of `walk` for the expression.
        given: the sampled symbols that each given quantity depends on, by its name.
    """
    steep = any(isinstance(n, sp.Number) and abs(float(n)) >= STEEP for n in nodes)
    found: dict[frozenset, Kink] = {}
    for node in nodes:
        for terms in _quantities(node, steep):
            apart = tuple(term for term in terms if term != 0)
            whole = isinstance(node, (sp.ceiling, sp.floor))
            key = frozenset([*apart, whole])
            if key not in found and len(found) < MOST_KINKS:
                found[key] = _kink(apart, given, whole)
    return [kink for kink in found.values() if kink.names]


def _quantities(node: sp.Basic, steep: bool) -> Iterator[tuple[sp.Basic, ...]]:
    """Return the quantity that changes its sign at a kink of this node: one or two expressions."""
    if isinstance(node, (Relational, sp.KroneckerDelta)):
        yield node.args[:2]
    elif isinstance(node, (sp.Max, sp.Min)):
        yield from itertools.islice(itertools.combinations(node.args, 2), MOST_KINKS)
    elif (
        isinstance(node, JUMPING)
        or (isinstance(node, STEEP_ONES) and steep)
        or (_ends_somewhere(node) and all(not part.args for part in node.args[0].args))
    ):
        yield node.args[:1]


def _ends_somewhere(node: sp.Basic) -> bool:
    """Say whether a node is a logarithm or a root, which is undefined on one side of 0."""
    root = isinstance(node, sp.Pow) and not isinstance(node.exp, (sp.Integer, sp.Symbol))
    return isinstance(node, sp.log) or (root and isinstance(node.exp, sp.Number))


def _kink(terms: tuple[sp.Basic, ...], given: Mapping[str, frozenset[str]], whole: bool) -> Kink:
    formulas = tuple(Formula(walk(term)) for term in terms)
    names = frozenset().union(*(formula.names for formula in formulas))
    sampled = [given.get(name, frozenset({name})) for name in names]
    return Kink(formulas, frozenset().union(*sampled), whole)


class Beside:
    """Finds points beside kinks; with `far`, also outside the domain if it has no kinks inside.

    An answer may be right where points are sampled, and be cut off outside.
    """

    def __init__(self, kinks: Sequence[Kink], space: Space, *, far: bool = False) -> None:
        self.kinks = kinks
        self.space = space
        self.searched = (space.ends, space.far_ends) if far else (space.ends,)
        self.ends = self.searched[-1]

    def points(self, distances: Sequence[str] = DISTANCES) -> Iterator[Point]:
        """Yield points on both sides of each kink, and beside pairs of kinks."""
        places = [(kink, self._places(kink)) for kink in self.kinks]
        for _, roots in places:
            for root, way in roots:
                for distance, side in itertools.product(distances, (1, -1)):
                    yield from self._inside(root, way, side * mp.mpf(distance))
        corners = itertools.combinations([(kink, *roots[0]) for kink, roots in places if roots], 2)
        for (one, root, way), (other, root_2, way_2) in itertools.islice(corners, MOST_KINKS):
            if not one.names & other.names:
                both = self.space.moved(root, {name: root_2[name] for name in other.names})
                for side in (1, -1):
                    sided = {**way, **{name: side * step for name, step in way_2.items()}}
                    yield from self._inside(both, sided, mp.mpf(distances[-1]))
                    yield from self._inside(both, sided, -mp.mpf(distances[-1]))

    def _inside(self, root: Point, way: Way, distance: mpmath.mpf) -> Iterator[Point]:
        """Return the point at a distance from a root, if it is inside the domain."""
        place = {name: root[name] + distance * step for name, step in way.items()}
        if all(self.ends[name][0] <= value <= self.ends[name][1] for name, value in place.items()):
            point = self.space.moved(root, place)
            if self.space.allows(point):
                yield point

    def _places(self, kink: Kink) -> list[tuple[Point, Way]]:
        """Return some roots in the domain, or else outside."""
        for ends in self.searched:
            if found := list(itertools.islice(self._roots(kink, ends), ROOTS)):
                return found
        return []

    def _roots(self, kink: Kink, ends: Ends) -> Iterator[tuple[Point, Way]]:
        """Yield points on the kink, each with a direction across it; other symbols are random."""
        for _ in range(LINES if len(kink.names) > 1 else 1):
            base = self.space.draw()
            for end in self._corners(kink, base, ends):
                way = {name: value - base[name] for name, value in end.items()}
                length = max(map(abs, way.values()))
                t = _root(lambda t: self._value(kink, base, way, t)) if length else None  # noqa: B023
                if t is not None:
                    root = {name: base[name] + t * step for name, step in way.items()}
                    direction = {name: step / length for name, step in way.items()}
                    yield self.space.moved(base, root), direction

    def _corners(self, kink: Kink, base: Point, ends: Ends) -> tuple[Way, Way]:
        """Return the corners of the domain towards which the quantity falls and rises from here."""
        least, most = {}, {}
        for name in sorted(kink.names):
            low, high = ends[name]
            at_low, at_high = (kink(self.space.moved(base, {name: end})) for end in (low, high))
            rises = at_low is None or at_high is None or at_low <= at_high
            least[name], most[name] = (low, high) if rises else (high, low)
        low_corner = self._farther(kink, base, ends, least, -1)
        return low_corner, self._farther(kink, base, ends, most, 1)

    def _farther(self, kink: Kink, base: Point, ends: Ends, corner: Way, sign: int) -> Way:
        """Return the corner, or a neighbouring one where the quantity is still lower or higher.

        At first each symbol is varied alone, but its effect may depend on the others.
        """
        best = kink(self.space.moved(base, corner))
        for name in sorted(kink.names):
            low, high = ends[name]
            other = {**corner, name: low if corner[name] == high else high}
            value = kink(self.space.moved(base, other))
            if value is not None and (best is None or sign * value > sign * best):
                corner, best = other, value
        return corner

    def _value(self, kink: Kink, base: Point, way: Way, t: mpmath.mpf) -> mpmath.mpf | None:
        return kink(
            self.space.moved(base, {name: base[name] + t * step for name, step in way.items()})
        )


def _root(value: Callable[[mpmath.mpf], mpmath.mpf | None]) -> mpmath.mpf | None:
    """Return where a function changes its sign between 0 and 1, up to 1e-15; None if nowhere.

    If all steps have the same sign, the extremum of a parabola through three steps is tried.
    """
    ends = _valued(value, [0, STEPS])
    if len(ends) == 2 and _differ(*ends):
        return _between(value, *ends)
    steps = sorted([*ends, *_valued(value, range(1, STEPS))])
    bracket = next((pair for pair in itertools.pairwise(steps) if _differ(*pair)), None)
    if bracket is None and len(steps) > 2:
        k = min(range(1, len(steps) - 1), key=lambda k: abs(steps[k][1]))
        bracket = _beyond_vertex(value, *steps[k - 1 : k + 2])
    return _between(value, *bracket) if bracket else None


def _valued(value: Callable[[mpmath.mpf], mpmath.mpf | None], steps: Iterable[int]) -> list[Step]:
    """Return steps with the function's values, where they are defined."""
    return [(t, v) for k in steps if (v := value(t := mp.mpf(k) / STEPS)) is not None]


def _differ(one: Step, other: Step) -> bool:
    return bool((one[1] > 0) != (other[1] > 0))


def _beyond_vertex(
    value: Callable[[mpmath.mpf], mpmath.mpf | None], one: Step, two: Step, three: Step
) -> tuple[Step, Step] | None:
    bend = one[1] - 2 * two[1] + three[1]
    if not bend:
        return None
    t = two[0] + (three[0] - one[0]) / 4 * (one[1] - three[1]) / bend
    found = value(t) if one[0] < t < three[0] else None
    vertex = (t, found)
    return (two, vertex) if found is not None and _differ(two, vertex) else None


def _between(
    value: Callable[[mpmath.mpf], mpmath.mpf | None], one: Step, two: Step
) -> mpmath.mpf | None:
    """Return the root between two steps of different sign, by the Illinois method (Dowell 1971)."""
    for _ in range(100):
        if abs(two[0] - one[0]) < TINY or not two[1]:
            return two[0]
        t = two[0] - two[1] * (two[0] - one[0]) / (two[1] - one[1])
        found = value(t)
        if found is None:
            return None
        one = two if _differ((t, found), two) else (one[0], one[1] / 2)
        two = (t, found)
    return None
