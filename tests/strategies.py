"""Strategies of hypothesis: random types and arguments."""

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
