"""Answers to grow-implement: grow(shallow, deep)."""

BY_LAYER = """
def grow(shallow, deep):
    layers = []
    for name in shallow:
        layer = name.split('.')[0]
        if layer not in layers:
            layers.append(layer)
    conv = [layer for layer in layers if layer.startswith('conv')]
    fc = [layer for layer in layers if layer.startswith('fc')]
    copied = conv[:4] + fc[-3:]
    result = {}
    for name in deep:
        source = shallow if name.split('.')[0] in copied else deep
        result[name] = source[name].clone()
    return result
"""


def _changed(*pieces: tuple[str, str]) -> str:
    """The solution with some pieces in another form."""
    code = BY_LAYER
    for old, new in pieces:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


CLONE, COPIED = "source[name].clone()", "conv[:4] + fc[-3:]"

RIGHT = {
    "layer by layer": BY_LAYER,
    "detach and clone": _changed((CLONE, "source[name].detach().clone()")),
    "torch.tensor of an array": _changed((CLONE, "torch.tensor(source[name].numpy())")),
    "float32": _changed((CLONE, "source[name].float()")),
    "arrays": _changed((CLONE, "source[name].numpy().copy()")),
    "slices of a set": _changed((COPIED, "{*conv[0:4], *fc[len(fc) - 3:]}")),
    "deep copy, then update": """
import copy
def grow(shallow, deep):
    weights = [name for name in shallow if name.endswith('.weight')]
    conv = [name for name in weights if name.startswith('conv')][:4]
    fc = [name for name in weights if name.startswith('fc')][-3:]
    result = copy.deepcopy(deep)
    for name in conv + fc:
        layer = name.removesuffix('weight')
        own = [part for part in shallow if part.startswith(layer)]
        result.update({part: shallow[part].clone() for part in own})
    return result
""",
    "ordered dictionary": """
from collections import OrderedDict
def grow(shallow, deep):
    layers = list(OrderedDict.fromkeys(name.partition('.')[0] for name in shallow))
    conv = [layer for layer in layers if layer[:4] == 'conv']
    fc = [layer for layer in layers if layer[:2] == 'fc']
    keep = set(conv[:4]) | set(fc[-3:])
    return {
        name: torch.clone(shallow[name] if name.partition('.')[0] in keep else values)
        for name, values in deep.items()
    }
""",
    "regular expression": """
import re
def grow(shallow, deep):
    def layers(kind):
        found = [re.match(kind + r'[0-9_]+', name) for name in shallow]
        return list(dict.fromkeys(match.group() for match in found if match))
    copied = layers('conv')[:4] + layers('fc')[-3:]
    return {
        name: (shallow if name.rsplit('.', 1)[0] in copied else deep)[name] * 1 for name in deep
    }
""",
}

WRONG = {
    "weights and biases only": (
        """
def grow(shallow, deep):
    weights = [name for name in shallow if name.endswith('.weight')]
    conv = [name for name in weights if name.startswith('conv')][:4]
    fc = [name for name in weights if name.startswith('fc')][-3:]
    result = {name: values.clone() for name, values in deep.items()}
    for name in conv + fc:
        for part in (name, name.replace('weight', 'bias')):
            result[part] = shallow[part].clone()
    return result
""",
        "conv1_1.scale belongs to the layer conv1_1 too",
    ),
    "pairs of parameters": (
        """
def grow(shallow, deep):
    conv = [name for name in shallow if name.startswith('conv')][:8]
    fc = [name for name in shallow if name.startswith('fc')][-6:]
    result = {name: values.clone() for name, values in deep.items()}
    result.update({name: shallow[name].clone() for name in conv + fc})
    return result
""",
        None,
    ),
    "layers sorted by their names": (
        """
def grow(shallow, deep):
    layers = sorted({name.split('.')[0] for name in shallow})
    conv = [layer for layer in layers if layer.startswith('conv')][:4]
    fc = [layer for layer in layers if layer.startswith('fc')][-3:]
    own = [name for name in deep if name.split('.')[0] in conv + fc]
    return {name: (shallow if name in own else deep)[name].clone() for name in deep}
""",
        None,
    ),
    "all that fits": (
        "def grow(shallow, deep):\n"
        "    return {name: shallow.get(name, deep[name]).clone() for name in deep}",
        "Only four convolutions and three fully connected layers",
    ),
    "all convolutions": (
        _changed((COPIED, "conv + fc[-3:]")),
        "Only four convolutions and three fully connected layers",
    ),
    "all fully connected layers": (
        _changed((COPIED, "conv[:4] + fc")),
        "Only four convolutions and three fully connected layers",
    ),
    "first three fully connected layers": (
        _changed((COPIED, "conv[:4] + fc[:3]")),
        "comes from the",
    ),
    "weights without biases": (
        _changed(
            ("source = shallow if", "source = shallow if name.endswith('weight') and"),
        ),
        "The bias of a layer is copied with its weights",
    ),
    "only what is copied": (
        _changed(("for name in deep:", "for name in [n for n in shallow if n in deep]:")),
        "The layers that are not copied belong to the result too",
    ),
    "the shallow network": (
        "def grow(shallow, deep):\n    return {n: v.clone() for n, v in shallow.items()}",
        "The layers that are not copied belong to the result too",
    ),
    "the deep network": (
        "def grow(shallow, deep):\n    return {n: v.clone() for n, v in deep.items()}",
        "comes from the deep network",
    ),
    "three convolutions": (
        _changed((COPIED, "conv[:3] + fc[-3:]")),
        "conv3_2.weight comes from the deep network",
    ),
    "no fully connected layer": (
        _changed((COPIED, "conv[:4]")),
        "fc1.weight comes from the deep network",
    ),
    "shares memory": (_changed((CLONE, "source[name]")), "changes with the result"),
    "changes the deep network": (
        _changed(("result = {}", "result = deep")),
        "changes with the result",
    ),
    "mean of both": (
        "def grow(shallow, deep):\n"
        "    return {n: (shallow.get(n, v) + v) / 2 for n, v in deep.items()}",
        "comes from neither of the two networks",
    ),
    "a list": ("def grow(shallow, deep):\n    return list(deep.values())", "a dict is asked for"),
    "shares memory with the shallow network": (
        _changed((CLONE, "source[name] if source is shallow else source[name].clone()")),
        "changes with the result",
    ),
    "takes from the shallow network": (
        _changed((CLONE, "source.pop(name) if source is shallow else source[name].clone()")),
        "has changed",
    ),
    "by place, not by name": (
        "def grow(shallow, deep):\n"
        "    result = {name: values.clone() for name, values in deep.items()}\n"
        "    for name, values in zip(list(deep)[:8], list(shallow.values())[:8]):\n"
        "        result[name] = values.clone()\n"
        "    for name, values in zip(list(deep)[-6:], list(shallow.values())[-6:]):\n"
        "        result[name] = values.clone()\n"
        "    return result",
        "comes from neither of the two networks",
    ),
}

NOT_ATTEMPTED = {
    "placeholder": "def grow(shallow, deep):\n    ...",
    "raises": "def grow(shallow, deep):\n    raise NotImplementedError",
}

KEEPS_POINTS = ["shares memory", "all fully connected layers"]
