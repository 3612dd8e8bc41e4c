"""Functions are printed with all that they refer to."""

from __future__ import annotations

import inspect

import pytest

from kc.emit.names import EmitError
from kc.emit.python import check
from kc.emit.sources import Sources
from tests.emit import parts


def collected(*functions: object, reserved: tuple[str, ...] = ()) -> tuple[Sources, list[str]]:
    sources = Sources()
    places = sources.add(functions)
    sources.settle(reserved)
    return sources, [sources.text(place) for place in places]


def run(*functions: object, reserved: tuple[str, ...] = ()) -> tuple[Sources, dict[str, object]]:
    """The names that the collected sources define."""
    sources, texts = collected(*functions, reserved=reserved)
    names: dict[str, object] = {}
    future = "from __future__ import annotations"
    exec("\n".join([future, *sources.imports.values(), *texts]), names)
    return sources, names


def test_constants_stand_before_the_functions_that_read_them():
    sources, texts = collected(parts.scaled)
    assert texts == [
        "Count = int",
        'SCALE = 2.0\n"""How much larger things become."""',
        inspect.getsource(parts.scaled).rstrip(),
    ]
    assert sources.imports == {"Array": "from jax import Array"}


def test_derivatives_are_printed_with_their_function():
    _, names = run(parts.rounded)
    import jax

    assert jax.grad(names["rounded"])(1.4) == 1.0


def test_two_functions_of_one_name_get_different_names():
    from kc.library.loss import align

    sources, names = run(align, parts.align)
    assert sources.name_of(align) == "align"
    assert sources.name_of(parts.align) == "parts_align"
    import jax.numpy as jnp

    x = jnp.ones((2, 3))
    assert (names["parts_align"](x, align_more=True) == x).all()  # pyright: ignore


def test_reserved_names_are_avoided():
    sources, texts = collected(parts.scaled, reserved=("scaled", "SCALE"))
    assert sources.name_of(parts.scaled) == "parts_scaled"
    assert "def parts_scaled(" in texts[2]
    assert "x * parts_SCALE" in texts[2]


def test_imports_of_kc_inside_of_functions_disappear():
    _, texts = collected(parts.lazy)
    assert texts[-1] == "def lazy(x: Array) -> Array:\n    return tanh(x)"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(parts.configured, "pydantic", id="needs a library"),
        pytest.param(lambda x: x, "no function of a module", id="lambda"),
        pytest.param(parts.Config.model_validate, "no function of a module", id="method"),
    ],
)
def test_what_cannot_be_printed_is_refused(function, message):
    with pytest.raises(EmitError, match=message):
        collected(function)


def test_a_name_that_is_also_local_cannot_be_changed():
    sources = Sources()
    places = sources.add([parts.shadowed])
    sources.settle(("scaled",))
    with pytest.raises(EmitError, match="global and local"):
        sources.text(places[-1])


@pytest.mark.parametrize(
    "text",
    [
        "import kc",
        "import os",
        "def f():\n    from kc.core import lazy",
        "from . import x",
        "import jaxx",
        "def f(:",
    ],
)
def test_modules_with_other_imports_are_refused(text):
    with pytest.raises(EmitError):
        check(text)


def test_expected_imports_are_accepted():
    check("from __future__ import annotations\nimport jax.numpy as jnp\nfrom math import prod")
