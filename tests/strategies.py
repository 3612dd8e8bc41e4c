"""Strategies of hypothesis: random types, arguments and texts."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

from hypothesis import strategies as st

from kc.core.types import TensorType

sizes = st.integers(1, 6)
shapes = st.lists(sizes, max_size=4).map(tuple)
dtypes = st.sampled_from(["float32", "int32", "uint8", "bool"])
types = st.builds(TensorType, shapes, dtypes)


def pairs(largest: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(1, largest), st.integers(1, largest))


@st.composite
def broadcastable(draw: st.DrawFn) -> list[TensorType]:
    """Types of two or three inputs that a sum may take."""
    full = draw(shapes)
    inputs: list[TensorType] = []
    for _ in range(draw(st.integers(2, 3))):
        tail = full[draw(st.integers(0, len(full))) :]
        shape = tuple(draw(st.sampled_from([1, n])) for n in tail)
        inputs.append(TensorType(shape, draw(dtypes)))
    return inputs


def expressions() -> st.SearchStrategy[str]:
    """Arithmetic that Python reads too, small enough for our limits most of the time."""
    numbers = st.one_of(
        st.integers(0, 20).map(str),
        st.floats(0, 8, allow_nan=False).map(lambda x: f"{x:.3f}"),
        st.sampled_from(["1e3", "2.5e-2", ".5", "3."]),
    )
    return st.recursive(numbers, _larger, max_leaves=12)


def _larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", " + ", " ** "])
    return st.one_of(
        st.tuples(smaller, operators, smaller).map("".join),
        smaller.map(lambda x: f"({x})"),
        smaller.map(lambda x: f"-{x}"),
        st.tuples(st.sampled_from(["min", "max"]), smaller, smaller).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
    )


def yaml_like() -> st.SearchStrategy[str]:
    """Text made of the pieces that YAML gives a meaning to."""
    pieces = st.sampled_from(
        ["a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ", ", "\n", "\n  ", "\n- ", "'", '"',
         "&x ", "*x", "!t ", "!!str ", "<<: ", "| ", "> ", "---\n", "...\n", "%TAG ! x\n", "#",
         "$w", "${w}", "1e3", ".inf", "~", "\t", "é", "\\", "@", "`", "9" * 30]
    )  # fmt: skip
    return st.lists(pieces, max_size=40).map("".join)


def mutated(value: object) -> st.SearchStrategy[object]:
    """A plain spec with one to three of its parts replaced, removed or repeated."""
    return st.integers(1, 3).flatmap(
        lambda times: st.lists(_edits(), min_size=times, max_size=times).map(
            lambda edits: reduce(_edited, edits, value)
        )
    )


_ODD: list[object] = [
    None, True, False, 0, -1, 1, 3, 2**31, 2**62, 0.5, -0.5, 1e300, "", "x", "relu", "dense", "$w",
    "$q", "4*2", "1/0", "9**9**9", "1 +", "input", "previous", [], {}, [[]], [0], ["x", "y"],
    {"dense": 3}, {"relu": {}}, {"a": 1, "b": 2}, {"use": "e"}, [{"dense": {"units": 2}}], "\u202e",
    {"dense": 3, "from": ["x", "x"]}, {"residual": [{"residual": ["relu"]}]}, {"": 1}, "é" * 70,
]  # fmt: skip


def _edits() -> st.SearchStrategy[tuple[int, str, object]]:
    return st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["replace", "remove", "repeat", "rename"]),
        st.sampled_from(_ODD),
    )


def _edited(value: object, edit: tuple[int, str, object]) -> object:
    places = list(_places(value))
    number, action, odd = edit
    return _changed(value, places[number % len(places)], action, odd)


def _places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else ()
    children = enumerate(value) if isinstance(value, list) else children
    for key, child in children:
        yield from _places(child, (*path, key))


def _changed(value: Any, path: tuple[Any, ...], action: str, odd: object) -> object:
    key, rest = path[0], path[1:]
    copy = value.copy()
    if rest:
        copy[key] = _changed(value[key], rest, action, odd)
    elif action == "remove":
        del copy[key]
    elif action == "repeat" and isinstance(copy, list):
        copy.insert(key, copy[key])
    elif action == "rename" and isinstance(copy, dict):
        copy[str(odd)[:20]] = copy.pop(key)
    else:
        copy[key] = odd
    return copy or value
