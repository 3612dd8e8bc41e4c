"""How a program is executed, and what happens when JAX refuses a layer."""

from __future__ import annotations

import pytest

from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Form, Strategy
from kc.core.diagnostic import CompileError
from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.registry import entries
from kc.core.types import Inferred
from kc.library.layer import Layer
from tests.runtime.jobs import CONVNET, MLP, make_plan


def crooked(x):
    return jnp.matmul(x, jnp.ones((99, 2)))


@pytest.fixture
def _crooked_layer():
    """A layer that infers what it does not do."""

    class Crooked(Layer, kind="crooked"):
        def infer(self, x, /):
            return Inferred(x)

        def lower(self):
            return Call(crooked)

    yield
    del entries("layer")["crooked"]


def test_convolutions_run_step_by_step_on_a_cpu_and_the_rest_as_a_loop():
    assert make_plan(CONVNET).strategy is Strategy.SINGLE
    assert make_plan(MLP).strategy is Strategy.FUSED


def test_a_form_can_be_kept():
    form = Form(Strategy.SINGLE)
    assert make_plan(MLP, form=form).form == form


@pytest.mark.usefixtures("_crooked_layer")
def test_a_layer_that_jax_refuses_is_named_with_its_line():
    spec = MLP.replace("- dropout: 0.3", "- {crooked: {}, name: bent}")
    with pytest.raises(CompileError) as error:
        Execution(make_plan(spec)).predict({}, {}, {})
    (found,) = error.value.report
    assert found.code.id == "KC502"
    assert found.message.startswith("JAX refused `bent` in crooked: ")
    assert found.span.line == 12


def test_scopes_name_the_yaml_line_in_what_is_compiled():
    import jax

    from kc.compiler.lower import bind

    plan = make_plan(MLP)
    params, state = bind.init(plan.model, jax.random.key(0))
    lowered = jax.jit(lambda x: bind.apply(plan.model, params, state, {"x": x})[0]).lower(
        jnp.ones((2, 6))
    )
    assert "dense (spec.yaml:11)" in lowered.as_text(debug_info=True)
