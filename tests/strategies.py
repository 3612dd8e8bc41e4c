"""Strategies of hypothesis: random types, arguments and texts."""

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
