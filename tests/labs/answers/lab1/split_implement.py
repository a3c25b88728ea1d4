"""Answers to split-implement: stratified_split(labels, fraction, seed)."""

# The short solution; `held_out` is the mask of the validation images.
REFERENCE = """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = order[labels[order] == c]
        held_out[members[: round(fraction * len(members))]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
"""


def _changed(old: str, new: str) -> str:
    """The short solution with one piece in another form."""
    assert REFERENCE.count(old) == 1, old
    return REFERENCE.replace(old, new)


def _returning(result: str) -> str:
    """The parts of the short solution, returned in another form."""
    return f"""
reference = stratified_split
def stratified_split(labels, fraction, seed):
    training, validation = reference(labels, fraction, seed)
    return {result}
"""


RIGHT = {
    "mask, one draw for all classes": REFERENCE,
    "one class after the other": """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    training, validation = [], []
    for c in range(int(labels.max()) + 1):
        members = (labels == c).nonzero()[:, 0]
        members = members[torch.randperm(len(members), generator=generator)]
        count = int(round(fraction * len(members)))
        validation.append(members[:count])
        training.append(members[count:])
    return torch.cat(training), torch.cat(validation)
""",
    "scikit-learn": """
def stratified_split(labels, fraction, seed):
    from sklearn.model_selection import train_test_split
    training, validation = train_test_split(
        torch.arange(len(labels)).numpy(),
        test_size=fraction, stratify=labels.numpy(), random_state=seed,
    )
    return torch.from_numpy(training), torch.from_numpy(validation)
""",
    "StratifiedShuffleSplit": """
def stratified_split(labels, fraction, seed):
    from sklearn.model_selection import StratifiedShuffleSplit
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
    return next(splitter.split(labels.numpy(), labels.numpy()))
""",
    "numpy, with sets": """
import numpy as np

def stratified_split(labels, fraction, seed):
    rng, y = np.random.default_rng(seed), labels.numpy()
    held_out = []
    for c in np.unique(y):
        members = np.flatnonzero(y == c)
        held_out.extend(rng.choice(members, round(fraction * len(members)), replace=False))
    training = sorted(set(range(len(y))) - set(held_out))
    return np.array(training, dtype=np.int64), np.array(held_out, dtype=np.int64)
""",
    "lists": """
import random

def stratified_split(labels, fraction, seed):
    numbers, training, validation = random.Random(seed), [], []
    for c in sorted(set(labels.tolist())):
        members = [i for i, label in enumerate(labels.tolist()) if label == c]
        numbers.shuffle(members)
        count = round(fraction * len(members))
        validation += members[:count]
        training += members[count:]
    return training, validation
""",
    "sorted by random keys": """
def stratified_split(labels, fraction, seed):
    keys = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed))
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        of_class = labels == c
        rank = keys[of_class].argsort().argsort()
        held_out[of_class] = rank < round(fraction * len(rank))
    index = torch.arange(len(labels))
    return index[~held_out], index[held_out]
""",
    "rank within the class, without a loop": """
def stratified_split(labels, fraction, seed):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    one_hot = torch.nn.functional.one_hot(labels[order])
    rank = (one_hot.cumsum(0) * one_hot).sum(1)
    held_out = rank <= (fraction * one_hot.sum(0)).round()[labels[order]]
    return order[~held_out], order[held_out]
""",
    "a generator for each class": """
def stratified_split(labels, fraction, seed):
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        generator = torch.Generator().manual_seed(seed + 1000 * int(c))
        members = (labels == c).nonzero().squeeze(1)
        order = torch.randperm(len(members), generator=generator)
        held_out[members[order[: round(fraction * len(members))]]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
    "global state, seeded within": """
def stratified_split(labels, fraction, seed):
    torch.manual_seed(seed)
    validation = []
    for c in labels.unique():
        members = torch.where(labels == c)[0]
        count = round(fraction * len(members))
        validation.append(members[torch.randperm(len(members))[:count]])
    validation = torch.cat(validation)
    training = torch.tensor([i for i in range(len(labels)) if i not in set(validation.tolist())])
    return training, validation
""",
    "multinomial": _changed(
        "members[: round(fraction * len(members))]",
        "members[torch.ones(len(members)).multinomial("
        "round(fraction * len(members)), generator=generator)]",
    ),
    "drawn by the lists of Python": """
import random

def stratified_split(labels, fraction, seed):
    numbers = random.Random(seed)
    places = {}
    for i, label in enumerate(labels.tolist()):
        places.setdefault(label, []).append(i)
    held_out = [numbers.sample(own, round(fraction * len(own))) for own in places.values()]
    validation = torch.tensor(sorted(sum(held_out, [])))
    index = torch.arange(len(labels))
    return index[~torch.isin(index, validation)], validation
""",
    "rounded down": _changed("round(fraction", "int(fraction"),
    "rounded up": _changed("round(fraction * len(members))", "-int(-fraction * len(members) // 1)"),
    "as a list of two": _returning("[training, validation]"),
    "in another order": _returning("training.flip(0), validation.flip(0)"),
}

WRONG = {
    "masks": (
        _changed(".nonzero().squeeze(1), held_out.nonzero().squeeze(1)", ", held_out"),
        "A mask of booleans becomes indices",
    ),
    "columns of nonzero": (_changed("held_out.nonzero().squeeze(1)", "held_out.nonzero()"), None),
    "int32": (_returning("training.int(), validation.int()"), None),
    "floats": (_returning("training.float(), validation.float()"), None),
    "labels instead of indices": (_returning("labels[training], labels[validation]"), None),
    "not stratified": (
        """
def stratified_split(labels, fraction, seed):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    count = round(fraction * len(labels))
    return order[count:], order[:count]
""",
        "Split each class by itself",
    ),
    "scikit-learn without stratify": (
        """
def stratified_split(labels, fraction, seed):
    from sklearn.model_selection import train_test_split
    index = torch.arange(len(labels))
    return train_test_split(index, test_size=fraction, random_state=seed)
""",
        "Split each class by itself",
    ),
    "random_split of torch": (
        """
def stratified_split(labels, fraction, seed):
    count = round(fraction * len(labels))
    training, validation = torch.utils.data.random_split(
        range(len(labels)), [len(labels) - count, count], torch.Generator().manual_seed(seed)
    )
    return torch.tensor(training.indices), torch.tensor(validation.indices)
""",
        "Split each class by itself",
    ),
    "the last part of all": (
        """
def stratified_split(labels, fraction, seed):
    count = round(fraction * len(labels))
    index = torch.arange(len(labels))
    return index[:-count], index[-count:]
""",
        "Split each class by itself",
    ),
    "the same number from each class": (
        _changed("round(fraction * len(members))", "round(fraction * len(labels) / 10)"),
        "it should be the same share",
    ),
    "a draw for each image": (
        """
def stratified_split(labels, fraction, seed):
    held_out = torch.rand(len(labels), generator=torch.Generator().manual_seed(seed)) < fraction
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "Split each class by itself",
    ),
    "the first of each class": (
        """
def stratified_split(labels, fraction, seed):
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        held_out[members[: round(fraction * len(members))]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "Choose at random, with the seed that is given",
    ),
    "one too many of each class": (
        _changed("round(fraction * len(members))", "round(fraction * len(members)) + 1"),
        "are asked for",
    ),
    "one too few of each class": (
        _changed("round(fraction * len(members))", "max(0, round(fraction * len(members)) - 1)"),
        "are asked for",
    ),
    "a block of each class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        start = int(torch.randint(len(members), (1,), generator=generator))
        held_out[members.roll(start)[: round(fraction * len(members))]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "most lie side by side",
    ),
    "every so many of each class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        start = int(torch.randint(len(members), (1,), generator=generator))
        steps = torch.arange(count) * len(members) // max(count, 1)
        held_out[members.roll(start)[steps]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "keep a distance from each other",
    ),
    "chosen from the first half of each class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        first = members[: (len(members) + 1) // 2]
        held_out[first[torch.randperm(len(first), generator=generator)[:count]]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "are not chosen at random",
    ),
    "chosen from nine tenths of each class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        first = members[: max(count, 9 * len(members) // 10)]
        held_out[first[torch.randperm(len(first), generator=generator)[:count]]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "are not chosen at random",
    ),
    "one from each stretch of a class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        places = (torch.arange(count) + torch.rand(count, generator=generator)) / max(count, 1)
        held_out[members[(places * len(members)).long().clamp(max=len(members) - 1)]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "keep a distance from each other",
    ),
    "only the rest of the seed": (
        _changed("manual_seed(seed)", "manual_seed(seed % 100)"),
        "with the seed that is given",
    ),
    "seed ignored": (
        _changed("manual_seed(seed)", "manual_seed(0)"),
        "with the seed that is given",
    ),
    "global state": (
        _changed(", generator=generator", ""),
        "Draw from torch.Generator().manual_seed(seed)",
    ),
    "numpy's global state": (
        _changed(
            "torch.randperm(len(labels), generator=generator)",
            "torch.from_numpy(__import__('numpy').random.permutation(len(labels)))",
        ),
        "Draw from torch.Generator().manual_seed(seed)",
    ),
    "fraction ignored": (_changed("round(fraction * len(members))", "len(members) // 6"), None),
    "half of each class": (_changed("round(fraction * len(members))", "len(members) // 2"), None),
    "parts swapped": (_returning("validation, training"), "The parts are swapped"),
    "training images left whole": (
        _returning("torch.arange(len(labels)), validation"),
        "images are in both parts",
    ),
    "overlap of one": (
        _returning("torch.cat([training, validation[:1]]), validation"),
        "images are in both parts",
    ),
    "drawn with replacement": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    validation = []
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        validation.append(members[torch.randint(len(members), (count,), generator=generator)])
    validation = torch.cat(validation)
    training = [i for i in range(len(labels)) if i not in set(validation.tolist())]
    return torch.tensor(training), validation
""",
        "not each from 0 to",
    ),
    "each part drawn by itself": (
        """
def stratified_split(labels, fraction, seed):
    training, validation = [], []
    generator = torch.Generator().manual_seed(seed)
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        count = round(fraction * len(members))
        draw = [members[torch.randperm(len(members), generator=generator)] for _ in range(2)]
        training.append(draw[0][count:])
        validation.append(draw[1][:count])
    return torch.cat(training), torch.cat(validation)
""",
        "images are in both parts",
    ),
    "remainder dropped": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    training, validation = [], []
    for c in labels.unique():
        members = (labels == c).nonzero().squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        count, rest = int(fraction * len(members)), int((1 - fraction) * len(members))
        validation.append(members[:count])
        training.append(members[count : count + rest])
    return torch.cat(training), torch.cat(validation)
""",
        "not each from 0 to",
    ),
    "last image forgotten": (_returning("training[:-1], validation"), "not each from 0 to"),
    "counted within the class": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    training, validation = [], []
    for c in labels.unique():
        n = int((labels == c).sum())
        order = torch.randperm(n, generator=generator)
        validation.append(order[: round(fraction * n)])
        training.append(order[round(fraction * n) :])
    return torch.cat(training), torch.cat(validation)
""",
        "They count within each class",
    ),
    "numbers from 1": (_returning("training + 1, validation + 1"), "not each from 0 to"),
    "one part only": (_returning("validation"), None),
    "a dict": (_returning("{'training': training, 'validation': validation}"), None),
    "a list for each class": (
        _returning(
            "[[p[labels[p] == c] for c in labels.unique()] for p in (training, validation)]"
        ),
        None,
    ),
    "labels must be sorted": (
        """
def stratified_split(labels, fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    start, validation = 0, []
    for n in labels.bincount().tolist():
        order = start + torch.randperm(n, generator=generator)
        validation.append(order[: round(fraction * n)])
        start += n
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    held_out[torch.cat(validation)] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
""",
        "Split each class by itself",
    ),
    "arguments in another order": (
        "reference = stratified_split\n"
        "def stratified_split(labels, seed, fraction):\n"
        "    return reference(labels, fraction, seed)",
        None,
    ),
}

KEEPS_POINTS = [
    "not stratified",
    "seed ignored",
    "global state",
    "the first of each class",
    "training images left whole",
    "remainder dropped",
]

NOT_ATTEMPTED = {
    "placeholder": "def stratified_split(labels, fraction, seed): ...",
    "pass": "def stratified_split(labels, fraction, seed):\n    pass",
    "NotImplementedError": """
def stratified_split(labels, fraction, seed):
    raise NotImplementedError
""",
    "return forgotten": """
reference = stratified_split
def stratified_split(labels, fraction, seed):
    training, validation = reference(labels, fraction, seed)
""",
}
