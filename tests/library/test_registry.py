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

from kc.compiler.lower import objective, update
from kc.compiler.lower.host import preprocess
from kc.compiler.passes.objectives import minimized, target_type
from kc.core.program import Call, LossCall
from kc.core.registry import entries, families, field_docs
from kc.core.types import ShapeError, TensorType
from kc.library.callback import Callback
from kc.library.layer import Composite
from kc.library.metric import MeanMetric
from tests.models import compiled_text, example_of, random_arrays, random_weights, run

BATCH = 4
IMAGE = TensorType((8, 8, 4))
INPUTS = {
    "hashing": TensorType((5,), "int32"),
    "hashed_crossing": TensorType((1,), "int32"),
    "string_lookup": TensorType((5,), "string"),
    "text_vectorization": TensorType((1,), "string"),
    "subword_tokenizer": TensorType((1,), "string"),
    "mel_spectrogram": TensorType((2, 30)),
    "stft_spectrogram": TensorType((30, 2)),
    "random_hue": TensorType((8, 8, 3)),
    "random_saturation": TensorType((8, 8, 3)),
    "random_grayscale": TensorType((8, 8, 3)),
    "random_color_degeneration": TensorType((8, 8, 3)),
    "random_color_jitter": TensorType((8, 8, 3)),
    "rand_augment": TensorType((8, 8, 3)),
    "aug_mix": TensorType((8, 8, 3)),
    "category_encoding": TensorType((5,), "int32"),
    "integer_lookup": TensorType((5,), "int32"),
    "embedding": TensorType((5,), "int32"),
    **dict.fromkeys(
        (
            "lstm",
            "position_embedding",
            "gru",
            "simple_rnn",
            "rnn",
            "bidirectional",
            "lstm_cell",
            "gru_cell",
            "simple_rnn_cell",
            "stacked_rnn_cells",
        ),
        TensorType((5, 3)),
    ),
    "conv_lstm1d": TensorType((3, 6, 2)),
    "conv_lstm2d": TensorType((3, 5, 4, 2)),
    "conv_lstm3d": TensorType((2, 4, 3, 4, 2)),
    "multi_head_attention": TensorType((6, 4)),
    "grouped_query_attention": TensorType((6, 4)),
    "attention": TensorType((6, 4)),
    "additive_attention": TensorType((6, 4)),
    "reversible_embedding": TensorType((5,), "int32"),
    "repeat_vector": TensorType((5,)),
    "residual": TensorType((8, 16)),
}
"""Inputs of the examples of layers that do not take an image."""
BY_RANK = {"1d": TensorType((12, 4)), "3d": TensorType((6, 6, 6, 2))}
"""Inputs of the examples of layers that say how many axes they slide along."""
OUTPUTS = dict.fromkeys(["binary_crossentropy", "binary_focal_crossentropy"], "sigmoid")
"""Activation of the output for the examples of losses that do not take probabilities of classes."""
_SWEEP = "sweep:\n  objective: loss\n  space: {model.inputs.x.dtype: [float32]}\n"
OWNERS = {"source": "data:\n", "sampler": _SWEEP, "pruner": _SWEEP}
"""Sections that hold entries, if not `training`."""
WITHOUT_CALLS = {"callback", "pruner", "remedy", "sampler", "source"}
OUTPUT_LAYERS = {"ctc": "- reshape: [16, 16]"}
"""Layers for the examples of losses whose output has another rank."""
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
    x = INPUTS.get(cls.kind) or BY_RANK.get(cls.kind.removesuffix("_transpose")[-2:], IMAGE)
    names = ["left", "right"] if getattr(cls, "arity", (1, 1))[0] > 1 else ["x"]
    layers = example
    section = ""
    if cls.family not in {"layer", "cell", "regularizer", "constraint", *BARE}:
        activation = OUTPUTS.get(cls.kind, "softmax")
        dense = f"- flatten\n- dense: {{units: 3, activation: {activation}}}"
        layers = OUTPUT_LAYERS.get(cls.kind, dense)
        loss = "" if "loss:" in example else "  loss: mean_squared_error\n"
        owner = OWNERS.get(cls.family, f"training:\n{loss}")
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
    if isinstance(entry, Composite) or entry.family in WITHOUT_CALLS:
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
    arrays = preprocess(program, random_arrays(program.given, BATCH, rng))
    made = {name: TensorType(x.shape[1:], str(x.dtype)) for name, x in arrays.items()}
    assert made == program.inputs
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
    (kind,) = example_model(cls).program.output_types.values()
    shape = (BATCH, *kind.shape[:-1])
    output = jnp.asarray(
        np.random.default_rng(0).dirichlet(np.ones(kind.shape[-1]), shape), "float32"
    )
    wanted = loss.target(kind)
    target = jnp.ones((BATCH, *wanted.shape), wanted.dtype).at[0].set(0)
    call = LossCall("y", loss.lower(), "loss")

    def mean(output):
        values = call.call.function(target, output, **call.call.settings)
        found = values[0] if isinstance(values, tuple) else values
        return objective.loss_of(call, target, output, jnp.ones(BATCH)), found

    (_, values), gradient = jax.value_and_grad(mean, has_aux=True)(output)
    # A loss that looks at the whole batch may have one value for it.
    assert values.shape[:1] == (BATCH,) or call.call.takes_valid
    assert bool(jnp.isfinite(values).all())
    assert bool(jnp.isfinite(gradient).all())


@pytest.mark.parametrize("cls", all_entries("metric"))
def test_the_sums_of_a_metric_keep_their_shapes_and_give_a_number(cls):
    metric = an_entry(cls)
    added, result = metric.update(), metric.result()
    model = example_model(cls)
    (term,) = minimized(model.spec.training, model.graph)
    kinds = target_type(term, model.graph), TensorType((3,))
    shapes = metric.sums(*kinds)
    sums = {name: jax.ShapeDtypeStruct(shape, "float32") for name, shape in shapes.items()}
    values = [jax.ShapeDtypeStruct((BATCH, *kind.shape), kind.dtype) for kind in kinds]
    weights = jax.ShapeDtypeStruct((BATCH,), "float32")
    after = jax.eval_shape(
        lambda t, y, w, sums: added.function(t, y, w, **sums, **added.settings),
        *(*values, weights, sums),
    )
    assert {n: (a.shape, a.dtype) for n, a in after.items()} == {
        n: (a.shape, a.dtype) for n, a in sums.items()
    }
    value = jax.eval_shape(lambda sums: result.function(**sums, **result.settings), sums)
    assert (value.shape, value.dtype) == ((), jnp.float32)


@pytest.mark.parametrize("cls", all_entries("optimizer"))
def test_an_optimizer_keeps_shapes_and_lets_its_learning_rate_change(cls):
    (own,) = example_model(cls).training.optimizers
    optimizer = update.optimizer(own.call)
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


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (8, 1, 3), (2, 2, 3, 4)], ids=str)
@pytest.mark.parametrize("cls", all_entries("initializer"))
def test_an_initializer_makes_floats_of_the_shape_it_is_given(cls, shape):
    try:
        an_entry(cls).check(shape)
    except ShapeError:
        pytest.skip("refused before anything runs")
    initializer = an_entry(cls)
    try:
        initializer.check(shape)
    except ShapeError as error:
        pytest.skip(f"not of this shape: {error}")
    call = initializer.lower()
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


@pytest.mark.parametrize("scale", [0.0, 1.0])
@pytest.mark.parametrize("cls", all_entries("regularizer"))
def test_a_penalty_is_a_number_with_a_finite_gradient(cls, scale):
    call = an_entry(cls).lower()
    weight = scale * jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)), "float32")
    value, gradient = jax.value_and_grad(lambda w: call.function(w, **call.settings))(weight)
    assert (value.shape, value.dtype) == ((), jnp.float32)
    assert float(value) > 0 if scale else float(value) == 0
    assert bool(jnp.isfinite(gradient).all())


@pytest.mark.parametrize("scale", [0.0, 1.0])
@pytest.mark.parametrize("cls", all_entries("constraint"))
def test_a_constraint_keeps_the_shape_and_holds_from_the_first_time(cls, scale):
    call = an_entry(cls).lower()
    weight = scale * jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)), "float32")
    once = call.function(weight, **call.settings)
    assert (once.shape, once.dtype) == (weight.shape, jnp.float32)
    np.testing.assert_allclose(call.function(once, **call.settings), once, 1e-5)


@pytest.mark.parametrize("cls", all_entries("callback"))
def test_a_fresh_watcher_has_a_state_to_save_and_restore(cls):
    callback = an_entry(cls)
    assert isinstance(callback, Callback)
    watcher = callback.watch()
    watcher.restore(watcher.state())
