"""What holds for every entry of the library, from the moment it exists."""

import inspect
import sys
from functools import cache
from textwrap import indent

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from pydantic import BaseModel

from kc.compiler.lower import bind
from kc.core.program import Call
from kc.core.registry import entries, families, field_docs
from kc.core.types import TensorType
from kc.library.callback import Callback
from kc.library.layer import Composite
from kc.library.metric import MeanMetric
from tests.models import compiled_text, example_of, random_arrays, random_weights, run

BATCH = 4
IMAGE = TensorType((8, 8, 4))
INPUTS = {"embedding": TensorType((5,), "int32"), "residual": TensorType((8, 16))}
"""Inputs of the examples of layers that do not take an image."""
OUTPUTS = {"binary_crossentropy": "sigmoid"}
"""Activation of the output for the examples of losses that do not take probabilities of classes."""
BARE = {
    "activation": "- activation: {}",
    "initializer": "- dense: {{units: 3, kernel_initializer: {}}}",
}
"""How entries that are mostly written as one word are tried without an example."""
WITH_EXAMPLES = sorted(set(families()) - set(BARE))


def all_entries(*names):
    """A parameter for each entry of these families, or of all."""
    return [
        pytest.param(entry, id=f"{family} {kind}")
        for family in names or sorted(families())
        for kind, entry in sorted(entries(family).items())
    ]


@cache
def example_model(cls):
    """The example of an entry inside the smallest spec that can hold it, compiled."""
    example = example_of(cls) or BARE[cls.family].format(cls.kind)
    x = INPUTS.get(cls.kind, IMAGE)
    names = ["left", "right"] if getattr(cls, "arity", (1, 1))[0] > 1 else ["x"]
    layers = example
    section = ""
    if cls.family not in {"layer", *BARE}:
        activation = OUTPUTS.get(cls.kind, "softmax")
        layers = f"- flatten\n- dense: {{units: 3, activation: {activation}}}"
        loss = "" if cls.family == "loss" else "loss: mean_squared_error\n"
        owner = "data:\n" if cls.family == "source" else f"training:\n  {loss}"
        section = owner + indent(example, "  ")
    return compiled_text(
        "kc: 1\nmodel:\n  inputs:\n"
        + "".join(f"    {n}: {{shape: {list(x.shape)}, dtype: {x.dtype}}}\n" for n in names)
        + f"  layers:\n{indent(layers, '    ')}\n{section}\n"
    )


def an_entry(cls):
    """The entry that its example writes, found in the spec."""
    return next(part for part in parts(example_model(cls).spec) if type(part) is cls)


def parts(value):
    """A value and all that it holds."""
    yield value
    match value:
        case BaseModel():
            inside = value.__dict__.values()
        case dict():
            inside = value.values()
        case tuple():
            inside = value
        case _:
            inside = ()
    for item in inside:
        yield from parts(item)


def calls_of(entry):
    """Every call that an entry lowers to."""
    if isinstance(entry, Composite) or entry.family in {"callback", "source"}:
        return []
    if entry.family == "metric":
        inner = [entry.values()] if isinstance(entry, MeanMetric) else []
        return [entry.update(), entry.result(), *inner]
    lowered = entry.lower()
    return [lowered] if isinstance(lowered, Call) else list(lowered)


@pytest.mark.parametrize("cls", all_entries())
def test_an_entry_and_all_its_fields_are_described(cls):
    assert cls.__dict__.get("__doc__")
    assert set(field_docs(cls)) == set(cls.model_fields)


@pytest.mark.parametrize("cls", all_entries())
def test_the_example_of_an_entry_compiles_and_holds_it(cls):
    assert example_of(cls) or cls.family in BARE
    assert an_entry(cls).kind == cls.kind


@pytest.mark.parametrize("cls", all_entries())
def test_functions_stand_alone_and_take_settings_by_keyword(cls):
    for call in calls_of(an_entry(cls)):
        function = call.function
        assert getattr(sys.modules[function.__module__], function.__name__) is function
        parameters = inspect.signature(function).parameters
        free = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        for name in {*call.settings, *({"key", "train", "valid"} & set(parameters))}:
            if cls.family == "initializer" and name == "key":
                continue
            assert free or parameters[name].kind is inspect.Parameter.KEYWORD_ONLY, name


@pytest.mark.parametrize("train", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("cls", all_entries("layer"))
def test_a_layer_has_the_type_it_infers_and_finite_gradients(cls, train):
    program = example_model(cls).program
    rng = np.random.default_rng(0)
    params, state = random_weights(program, rng)
    arrays = random_arrays(program.inputs, BATCH, rng)
    floats = {n: x for n, x in arrays.items() if x.dtype == np.float32}

    def total(params, floats):
        y, new = run(program, params, state, {**arrays, **floats}, train=train)
        return jnp.sum(y * jnp.cos(jnp.arange(y.size).reshape(y.shape))), (y, new)

    gradients, (y, new) = jax.jit(jax.grad(total, argnums=(0, 1), has_aux=True))(params, floats)
    (kind,) = program.output_types.values()
    assert (y.shape, str(y.dtype)) == ((BATCH, *kind.shape), kind.dtype)
    assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(gradients))
    assert jax.tree.map(jnp.shape, new) == jax.tree.map(jnp.shape, state)
    assert set(jax.tree.leaves(jax.tree.map(lambda a, b: a.dtype == b.dtype, new, state))) <= {True}


@pytest.mark.parametrize("cls", all_entries("loss"))
def test_a_loss_has_a_value_per_example_and_a_finite_gradient(cls):
    loss = an_entry(cls)
    output = jnp.asarray(np.random.default_rng(0).dirichlet(np.ones(3), BATCH), "float32")
    kind = loss.target(TensorType((3,)))
    target = jnp.ones((BATCH, *kind.shape), kind.dtype)
    call = loss.lower()

    def mean(output):
        values = call.function(target, output, **call.settings)
        per_example = values[0] if isinstance(values, tuple) else values
        return bind.mean_loss(values, jnp.ones(BATCH)), per_example

    (_, values), gradient = jax.value_and_grad(mean, has_aux=True)(output)
    assert values.shape[0] == BATCH
    assert bool(jnp.isfinite(values).all())
    assert bool(jnp.isfinite(gradient).all())


@pytest.mark.parametrize("cls", all_entries("metric"))
def test_the_sums_of_a_metric_keep_their_shapes_and_give_a_number(cls):
    metric = an_entry(cls)
    update, result = metric.update(), metric.result()
    sums = {name: jax.ShapeDtypeStruct(s, "float32") for name, s in metric.sums().items()}
    values = jax.ShapeDtypeStruct((BATCH, 3), "float32")
    weights = jax.ShapeDtypeStruct((BATCH,), "float32")
    after = jax.eval_shape(
        lambda t, y, w, sums: update.function(t, y, w, **sums, **update.settings),
        *(values, values, weights, sums),
    )
    assert {n: (a.shape, a.dtype) for n, a in after.items()} == {
        n: (a.shape, a.dtype) for n, a in sums.items()
    }
    value = jax.eval_shape(lambda sums: result.function(**sums, **result.settings), sums)
    assert (value.shape, value.dtype) == ((), jnp.float32)


@pytest.mark.parametrize("cls", all_entries("optimizer"))
def test_an_optimizer_keeps_shapes_and_lets_its_learning_rate_change(cls):
    optimizer = bind.optimizer(example_model(cls).training)
    params = {"kernel": jnp.full((2, 3), 0.5), "bias": jnp.zeros(3)}
    memory = optimizer.init(params)
    gradients = jax.tree.map(jnp.ones_like, params)
    updates, after = optimizer.update(gradients, memory, params)
    assert jax.tree.map(jnp.shape, updates) == jax.tree.map(jnp.shape, params)
    assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, memory)
    assert list(memory.hyperparams) == ["learning_rate"]
    memory.hyperparams["learning_rate"] = jnp.zeros(())
    still, _ = optimizer.update(gradients, memory, params)
    for name, array in optax.apply_updates(params, still).items():
        np.testing.assert_array_equal(array, params[name])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 2, 3, 4)], ids=str)
@pytest.mark.parametrize("cls", all_entries("initializer"))
def test_an_initializer_makes_floats_of_the_shape_it_is_given(cls, shape):
    call = an_entry(cls).lower()
    made = jax.eval_shape(lambda key: call.function(key, shape, **call.settings), jax.random.key(0))
    assert (made.shape, made.dtype) == (shape, jnp.float32)


@pytest.mark.parametrize("cls", all_entries("activation"))
def test_an_activation_has_the_type_it_infers(cls):
    activation = an_entry(cls)
    call = activation.lower()
    for kind in (TensorType((6,)), IMAGE):
        x = jax.ShapeDtypeStruct((BATCH, *kind.shape), kind.dtype)
        y = jax.eval_shape(lambda x: call.function(x, **call.settings), x)
        assert activation.infer(kind) == TensorType(y.shape[1:], str(y.dtype))


@pytest.mark.parametrize("cls", all_entries("callback"))
def test_a_fresh_watcher_has_a_state_to_save_and_restore(cls):
    callback = an_entry(cls)
    assert isinstance(callback, Callback)
    watcher = callback.watch()
    watcher.restore(watcher.state())
