import contextlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kc.core.expression import ExpressionError
from kc.core.formula import CONSTANTS, ELEMENTWISE, PAIRWISE, REDUCTIONS, parse_formula

X = jnp.asarray(np.random.default_rng(0).uniform(0.5, 2.0, (2, 3)), "float32")

VALUES = [
    ("x", lambda x: x),
    ("-x**2", lambda x: -(x**2)),
    ("(-x)**2", lambda x: (-x) ** 2),
    ("2**-x", lambda x: 2.0**-x),
    ("x**2**0.5", lambda x: x ** (2**0.5)),
    ("x - 1 - 2", lambda x: x - 3),
    ("x - (1 - x)", lambda x: 2 * x - 1),
    ("8 / x / 2", lambda x: 4 / x),
    ("8 / (x / 2)", lambda x: 16 / x),
    ("1/4 * x + .5e1", lambda x: x / 4 + 5),
    ("--x", lambda x: x),
    ("+x * e + pi", lambda x: x * np.e + np.pi),
    ("max(x, 1, 1.5)", lambda x: np.maximum(x, 1.5)),
    ("min(x, 1) * sqrt(2)", lambda x: np.minimum(x, 1) * 2**0.5),
    ("x - mean(x)", lambda x: x - x.mean(-1, keepdims=True)),
    ("sum(exp(x))", lambda x: np.exp(x).sum(-1, keepdims=True)),
    ("max(x) - min(x)", lambda x: x.max(-1, keepdims=True) - x.min(-1, keepdims=True)),
    ("x + 9007199254740993", lambda x: x + 2.0**53),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_a_formula_has_the_value_that_it_reads_as(text, expected):
    np.testing.assert_allclose(parse_formula(text)(X), expected(np.asarray(X)), 1e-5, 1e-6)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_function_is_there(name):
    y = parse_formula(f"{name}(x)")(X)
    assert (y.shape, y.dtype) == (X.shape, X.dtype)
    assert np.isfinite(y).all()


def formulas():
    """Texts of formulas, with parentheses that are needed and such that are not."""
    leaves = st.sampled_from(["x", "2", "-3", "0.5", *CONSTANTS])

    def combine(inner):
        functions = st.sampled_from(sorted({*ELEMENTWISE, *REDUCTIONS}))
        return st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) / (abs({pair[1]}) + 1)"),
            inner.map(lambda text: f"({text})**2"),
            inner.map(lambda text: f"-({text})"),
            inner.map(lambda text: f"-{text}"),
            st.tuples(functions, inner).map(lambda pair: f"{pair[0]}(x + {pair[1]})"),
            st.tuples(st.sampled_from(sorted(PAIRWISE)), inner, inner).map(
                lambda three: f"{three[0]}({three[1]}, {three[2]})"
            ),
        )

    return st.recursive(leaves, combine, max_leaves=6).map(lambda text: f"x + {text}")


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_what_is_printed_is_what_runs(text):
    formula = parse_formula(text)
    printed = eval(f"lambda x: {formula.python()}", {"jax": jax, "jnp": jnp})
    assert str(jax.make_jaxpr(printed)(X)) == str(jax.make_jaxpr(formula)(X))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("x*sigmoid( x )", "x * jax.nn.sigmoid(x)"),
        ("(x + 1) * 2 - (3 * x)", "(x + 1) * 2 - 3 * x"),
        ("x - (x - 1)", "x - (x - 1)"),
        ("1/16 * x", "0.0625 * x"),
        ("mean(x)", "jnp.mean(x, axis=-1, keepdims=True)"),
        ("max(x, 0, -x)", "jnp.maximum(jnp.maximum(x, 0), -x)"),
    ],
)
def test_a_formula_is_printed_without_needless_parentheses(text, printed):
    assert parse_formula(text).python() == printed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "found the end", id="nothing"),
        pytest.param("x +", "found the end", id="no right side"),
        pytest.param("(x", "expected `)`", id="open"),
        pytest.param("x x", "unexpected `x`", id="no operator"),
        pytest.param("x ^ 2", "written `**`", id="caret"),
        pytest.param("x // 2", "found `/`", id="floor"),
        pytest.param("x.shape", "not part of a formula", id="attribute"),
        pytest.param("x[0]", "not part of a formula", id="index"),
        pytest.param("$width * x", "not part of a formula", id="variable"),
        pytest.param("sigmiod(x)", "did you mean `sigmoid`", id="misspelt"),
        pytest.param("open(x)", "nothing called `open`", id="unknown"),
        pytest.param("__import__", "nothing called `__import__`", id="python"),
        pytest.param("exp x", "expected `(`", id="no parentheses"),
        pytest.param("exp(x, 2)", "takes one value, not 2", id="too many"),
        pytest.param("mean(2) * x", "of one number", id="mean of a number"),
        pytest.param("1 + 2", "does not use the input", id="constant"),
        pytest.param("x + 1/0", "division by zero", id="by zero"),
        pytest.param("x + 9**9**9", "too large", id="power"),
        pytest.param("x + " * 100 + "x", "characters", id="long"),
        pytest.param("x+" * 70 + "x", "more than 128 parts", id="parts"),
        pytest.param("(" * 40 + "x" + ")" * 40, "nested deeper", id="deep"),
        pytest.param("-" * 40 + "x", "nested deeper", id="signs"),
        pytest.param("exp(" * 40 + "x" + ")" * 40, "nested deeper", id="functions"),
    ],
)
def test_what_is_no_formula_is_refused(text, words):
    with pytest.raises(ExpressionError) as caught:
        parse_formula(text)
    assert words in caught.value.message


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="x12.e+-*/(), minaexp$^", max_size=40))
def test_any_text_is_a_formula_or_refused(text):
    with contextlib.suppress(ExpressionError):
        parse_formula(text)
