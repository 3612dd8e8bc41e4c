"""Strategies of hypothesis, for all tests."""

from __future__ import annotations

from hypothesis import strategies as st


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
