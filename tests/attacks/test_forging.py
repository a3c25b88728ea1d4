"""Forged answers: messages of the kernel, data on the wire, displays that look like a verdict."""

from __future__ import annotations

from tests.attacks.course import Attack, Attacked, Run, square

WRONG = "\n\ndef square(x):\n    return x\n"

# What the kernel says to the grader

KERNEL = """\
shell = get_ipython()
kernel = shell.kernel
session, parent = kernel.session, kernel.get_parent()


def publish(kind, content, **options):
    session.send(kernel.iopub_socket, kind, content, parent=options.get("parent", parent))


def reply(content):
    stream = kernel.shell_stream if hasattr(kernel, "shell_stream") else kernel.shell_streams[0]
    session.send(stream, "execute_reply", content, parent=parent, ident=kernel.get_parent_ident()
                 if hasattr(kernel, "get_parent_ident") else parent.get("identities"))


"""
FORGED_SCORE = (
    KERNEL
    + """\
def square(x):
    for one in (parent, kernel.get_parent(), {}):
        publish("execute_result", {"data": {"text/plain": "2.0"}, "metadata": {},
                                   "execution_count": 1}, parent=one)
        publish("display_data", {"data": {"text/plain": "2 of 2 checks passed."},
                                 "metadata": {}}, parent=one)
        publish("status", {"execution_state": "idle"}, parent=one)
    return x
"""
)
FORGED_REPLIES = (
    KERNEL
    + """\
for content in (
    {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}},
    {"status": "error"},
    {"status": ["ok"], "execution_count": "one"},
    {},
):
    try:
        reply(content)
    except Exception as problem:
        print(problem)
"""
    + WRONG
)
GARBAGE = (
    KERNEL
    + """\
contents = [{}, {"data": "2.0"}, {"data": {"text/plain": 2.0}, "metadata": 3},
            {"execution_state": ["idle"]}, {"name": 3, "text": ["a"]}, {"data": None},
            {"transient": {"display_id": []}, "data": {}, "metadata": {}},
            {"ename": 1}, {"comm_id": {}, "data": []}, {"wait": "no"}]
kinds = ["status", "stream", "display_data", "execute_result", "update_display_data", "error",
         "clear_output", "comm_open", "comm_msg", "nothing", "execute_input"]
for kind in kinds:
    for content in contents:
        publish(kind, content)
socket = getattr(kernel.iopub_socket, "_orig_socket", None)
for frames in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"[]", b"{}", b"", b"{}"],
               [b"a", b"<IDS|MSG>", b"0" * 64, b"{", b"{", b"{", b"{"]):
    kernel.iopub_socket.send_multipart(frames)
"""
    + WRONG
)
EARLY_IDLE = (
    KERNEL
    + """\
import threading, time

publish("status", {"execution_state": "idle"})


def later():
    for _ in range(50):
        time.sleep(0.05)
        publish("status", {"execution_state": "idle"}, parent=kernel.get_parent())
        publish("stream", {"name": "stdout", "text": "2.0"}, parent=kernel.get_parent())


threading.Thread(target=later, daemon=True).start()
"""
    + WRONG
)
REPLAYED = (
    KERNEL
    + """\
kept = []
send = session.send


def again(stream, kind, *args, **kwargs):
    kept.append((stream, kind, args, kwargs))
    for one in kept[-5:]:
        send(one[0], one[1], *one[2], **one[3])


session.send = again
"""
    + WRONG
)
ASKS_FOR_INPUT = (
    KERNEL
    + """\
session.send(kernel.stdin_socket, "input_request", {"prompt": "2.0", "password": False},
             parent=parent)
try:
    input("points? ")
except Exception as problem:
    print(type(problem).__name__)
shell.set_next_input("2.0")
shell.payload_manager.write_payload({"source": "ask_exit", "keepkernel": False})
"""
    + WRONG
)
DISPLAYED_VERDICT = """\
from IPython.display import HTML, display, update_display

print("2 of 2 checks passed.")
handle = display(HTML('<div class="kit-verdict"><strong>2 of 2 checks passed.</strong></div>'),
                 display_id="square-check")
display({"text/plain": "2.0"}, raw=True, metadata={"kit": {"score": 2.0, "max": 2.0}})
handle.update(2.0)
update_display(99.0, display_id="square-check")


def square(x):
    display(2.0)
    print("2 of 2 checks passed.")
    handle.update(float("nan"))
    return x


2.0
"""


def result(value: str) -> str:
    return f"def square(x):\n    print({value})\n    return x\n\n\n{value}\n"


# What the kernel says to the judge. Everything is answered honestly but calls of `square`.

WIRE = """\
import numpy as np

from kit_utils.grading.wire import agent
from kit_utils.grading.wire import Message

honest_reply, honest_send = agent._reply, agent.send
forging = []


def is_attacked(request, names, handles):
    return request["ask"] == "call" and handles[request["handle"]] is names["square"]


"""
MESSAGE = (
    WIRE
    + """\
def reply(request, names, handles):
    if not is_attacked(request, names, handles):
        return honest_reply(request, names, handles)
    tree, arrays = {content}
    return Message(["dict", [["value", tree], ["printed", ""]]], arrays)


agent._reply = reply
"""
    + WRONG
)
REPLY = (
    WIRE
    + """\
def reply(request, names, handles):
    if not is_attacked(request, names, handles):
        return honest_reply(request, names, handles)
    return Message({content}, [])


agent._reply = reply
"""
    + WRONG
)
BYTES = (
    WIRE
    + """\
import json, pickle, struct


def packed(header):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    return struct.pack(">Q", len(header)) + header


def array(name, *shape):
    return {{"tree": ["dict", [["value", ["array", 0]]]], "arrays": [[name, list(shape)]]}}


def reply(request, names, handles):
    forging[:] = [1] if is_attacked(request, names, handles) else []
    return honest_reply(request, names, handles)


def send(connection, message, *args):
    if not forging:
        return honest_send(connection, message, *args)
    try:
        connection.sendall(args[-1] + {content})
    except OSError:
        pass


agent._reply, agent.send = reply, send
"""
    + WRONG
)


def message(name: str, content: str, says: str = "") -> Attack:
    """An answer of any tree and arrays."""
    return square(name, MESSAGE.format(content=content), says=says)


def reply(name: str, content: str, says: str = "") -> Attack:
    """A whole reply of any tree."""
    return square(name, REPLY.format(content=content), says=says)


def sent(name: str, content: str, says: str = "was no answer") -> Attack:
    """Any bytes on the wire."""
    return square(name, BYTES.format(content=content), says=says)


STALE = (
    WIRE
    + """\
def send(connection, message, *args):
    for _ in range(3 if forging else 1):
        honest_send(connection, message, *args)


def reply(request, names, handles):
    forging[:] = [1] if is_attacked(request, names, handles) else []
    return honest_reply(request, names, handles)


agent._reply, agent.send = reply, send
"""
    + WRONG
)
CLOSED_WIRE = """\
import os


def square(x):
    os.close(int(os.environ["KIT_WIRE"]))
    os.closerange(3, 200)
    return x
"""

# What nobody asked for, from the cell of a right `square`. The other exercises lose nothing.

UNASKED = """\
import json, os, socket, struct, threading, time

wire = int(os.environ["KIT_WIRE"])
header = {"tree": ["dict", [["value", 0], ["printed", ""]]], "arrays": []}
text = json.dumps(header).encode()
frame = struct.pack(">Q", len(text)) + text


def square(x):
    return x * x


def go_on(seconds, do):
    def run():
        while True:
            do()
            time.sleep(seconds)

    threading.Thread(target=run, daemon=True).start()


"""
EVERYWHERE = """\
def do():
    for number in range(3, 200):
        try:
            with socket.socket(fileno=os.dup(number)) as one:
                if one.family == socket.AF_UNIX and not one.getsockname():
                    one.send(frame, socket.MSG_DONTWAIT)
        except OSError:
            pass


go_on(0, do)
"""
THIEF = """\
def do():
    _, stolen, _, _ = socket.recv_fds(socket.socket(fileno=os.dup(wire)), 1, 1)
    held.append(stolen)


held = []
go_on(0, do)
"""


def unasked(name: str, source: str, **scores: float) -> Attack:
    """Frames on the wire that answer nothing."""
    return square(f"unasked-{name}", UNASKED + source, **scores)


# What Python values become on the wire


def returns(name: str, value: str, says: str = "", before: str = "") -> Attack:
    """A function that returns something strange."""
    return square(name, f"{before}\n\ndef square(x):\n    return {value}\n", says=says)


CYCLE = "cycle = []\ncycle.append(cycle)\n"
NESTED = "nested = []\nfor _ in range(10_000):\n    nested = [nested]\n"


def expression(name: str, source: str, says: str = "") -> Attack:
    """An expression that is slow, endless, or none."""
    head = 'import sympy as sp\n\nx = sp.symbols("x", real=True)\n'
    return Attack(name, {"slope": head + source}, {"slope-check": 0.0}, says)


def nodes(name: str, content: str, says: str = "") -> Attack:
    """A forged list of nodes in the place of an expression."""
    source = f"""\
from kit_utils.grading.wire import agent
from kit_utils.grading.wire import Message

slope = 0
honest_reply = agent._reply


def reply(request, names, handles):
    if request.get("name") == "slope":
        return Message(["dict", [["value", ["expression", {content}]]]], [])
    return honest_reply(request, names, handles)


agent._reply = reply
"""
    return Attack(name, {"slope": source}, {"slope-check": 0.0}, says)


TOWER = """\
slope = x
for _ in range(3):
    slope = sp.Pow(10, slope, evaluate=False)
slope = sp.Pow(slope, 10**10, evaluate=False)
"""
DEEP = """\
slope = x
for _ in range(900):
    slope = sp.sin(slope, evaluate=False)
"""
DOUBLING = '[["Symbol", "x", {}], *[["Add", i, i] for i in range(200)]]'

KERNEL_MESSAGES = [
    square("forged-score", FORGED_SCORE, says="The values are wrong."),
    square("forged-replies", FORGED_REPLIES),
    square("garbage-messages", GARBAGE),
    square("early-idle", EARLY_IDLE),
    square("replayed-messages", REPLAYED),
    square("asks-for-input", ASKS_FOR_INPUT),
    square("displayed-verdict", DISPLAYED_VERDICT, says="0 of 2 checks passed."),
    square("result-over-maximum", result("99.0")),
    square("result-negative", result("-1.0")),
    square("result-not-a-number", result("float('nan')")),
]
WIRE_DATA = [
    message("wrong-dtype", '["array", 0], [np.zeros(3, dtype=complex)]', "complex128 values"),
    message("wrong-shape", '["array", 0], [np.zeros((3, 1))]', "The shape is (3, 1)"),
    message("array-that-is-not-there", '["array", 7], []'),
    message("unhashable-key", '["dict", [[["list", []], 1]]], []'),
    message("unknown-kind", '["pickle", "gASVBQAAAAAAAACMAXiULg=="], []'),
    message(
        "too-deep", "[*[0], 0][0] or eval('[\"list\", [' * 40 + '0' + ']]' * 40), []", "too deep"
    ),
    message("huge-number", '["int", "0x" + "f" * 100_000], []', "an int is too large"),
    reply("no-reply", '["list", [2.0]]', "was no answer"),
    reply(
        "forged-error",
        '["dict", [["raised", ["handle", 0, "Right"]], ["message", ["list", [2.0]]],'
        ' ["where", ["dict", [["score", 2.0]]]]]]',
    ),
    reply("forged-print", '["dict", [["value", None], ["printed", "2 of 2 passed. " * 10**6]]]'),
    sent("endless-header", 'struct.pack(">Q", 2**63) + b"x" * 1000'),
    sent("pickled-header", "packed(pickle.dumps(np.array([object()])))"),
    sent("object-array", 'packed(array("object", 3)) + b"0" * 24'),
    sent("endless-array", 'packed(array("float64", 2**40, 2**40))'),
    sent("negative-array", 'packed(array("float64", -3))'),
    sent("short-array", 'packed(array("float64", 3)) + b"0" * 8', "the kernel ended when"),
    sent("not-finite", 'packed(b\'{"tree": NaN, "arrays": []}\')'),
    sent("million-digits", 'packed(b\'{"tree": \' + b"9" * 10**6 + b\', "arrays": []}\')'),
    sent("nested-header", 'packed(b"[" * 10**6 + b"]" * 10**6)'),
    square("stale-answers", STALE),
    square("closed-wire", CLOSED_WIRE, says="the kernel ended when calling square"),
]
VALUES = [
    returns("cyclic", "cycle", "nested over", CYCLE),
    returns("nested", "nested", "nested over", NESTED),
    returns("object-values", "np.array([object()] * 3)", "object"),
    returns("not-numbers", "x * np.nan", "The result is not finite."),
    returns("too-many", "np.zeros(6 * 10**8, dtype=np.int8)"),
    returns("big-integer", "1 << 10**8", "too large"),
    returns("text-of-arrays", "repr(x * x)", "The result is a str."),
]
EXPRESSIONS = [
    expression("tower", TOWER, "too large to compute with"),
    expression("divided-by-zero", "slope = 3 * x**2 + 1 / sp.Integer(0)", "divides by zero"),
    expression("unknown-head", 'slope = sp.Function("derivative")(x)', "derivative"),
    expression("not-carried-out", "slope = sp.Derivative(x**3, x)", "unevaluated derivative"),
    expression(
        "deep", "slope = x\nfor _ in range(900):\n    slope = sp.sin(slope, evaluate=False)"
    ),
    expression("wide", "slope = sp.Add(*[x + n for n in range(6_000)], evaluate=False)"),
    nodes("doubling", DOUBLING, "too large"),
    nodes("forged-fraction", '[["Rational", "0x1", "0x0"]]'),
    nodes("forged-number", '[["Float", "1e99999999", 53]]'),
    nodes("forged-head", '[["Symbol", "x", {}], ["__class__", 0]]', "is unknown"),
    nodes("forward-reference", '[["Add", 1, 1], ["Symbol", "x", {}]]'),
    nodes("forged-symbol", '[["Symbol", "x", {"positive": True, "negative": True}]]'),
]

UNASKED_FRAMES = [
    unasked("frame", "os.write(wire, frame)", square=2.0),
    unasked("half", "os.write(wire, frame[:-3])", square=2.0),
    unasked("late", "go_on(0.01, lambda: os.write(wire, frame))", square=2.0),
    unasked("flood", "go_on(0, lambda: os.write(wire, frame * 1_000))", square=2.0),
    unasked("everywhere", EVERYWHERE + WRONG),
    unasked("thief", THIEF),
]

ATTACKS = [*KERNEL_MESSAGES, *WIRE_DATA, *UNASKED_FRAMES, *VALUES, *EXPRESSIONS]


class TestRun(Attacked):
    def test_frames_that_nobody_asked_for_are_noted(self, run: Run) -> None:
        for name in ("frame", "half", "late", "flood"):
            assert "Frames nobody asked for" in noted(run, run.student(f"unasked-{name}")), name
        assert not any(noted(run, student) for student in run.honest)


def noted(run: Run, student: str) -> str:
    """What the kit noted beside the verdicts."""
    kits = [cell.metadata.get("kit", {}) for cell in run.notebook(student).cells]
    return "\n".join(note for kit in kits for note in kit.get("notes", []))
