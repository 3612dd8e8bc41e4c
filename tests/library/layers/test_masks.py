"""Where masks begin, how they meet, where they end, and what they weigh."""

import jax
import keras
import numpy as np
import pytest

from kc.compiler.lower import metrics, objective
from kc.core.types import TensorType
from tests.emit.same import assert_same_model, assert_same_training
from tests.library.layers.parity import assert_same
from tests.library.layers.whole import assert_same_whole, masked_sequences
from tests.models import compiled, random_weights, run
from tests.specs import checking, ids

K = keras.layers


def spec(layers: str, inputs: str = "{x: [5, 3]}") -> str:
    return f"kc: 1\nmodel:\n  inputs: {inputs}\n  layers: {layers}\n"


@pytest.mark.parametrize("value", [0.0, 2.5])
def test_masking_zeroes_steps_as_keras_does(value):
    assert_same({"masking": value}, K.Masking(value), (4, 3))
    x = np.array([[[value, value], [value, 1.0], [1.0, value]]], "float32")
    program = compiled([{"masking": value}], {"x": TensorType((3, 2))}).program
    y, _ = run(program, {}, {}, {"x": x})
    np.testing.assert_array_equal(y, [[[0.0, 0.0], [value, 1.0], [1.0, value]]])


@pytest.mark.parametrize(
    ("written", "twin"),
    [
        ("add: {}", K.Add()),
        ("multiply: {}", K.Multiply()),
        ("maximum: {}", K.Maximum()),
        ("minimum: {}", K.Minimum()),
        ("concatenate: {}", K.Concatenate()),
        ("concatenate: {axis: 1}", K.Concatenate(axis=1)),
    ],
    ids=["add", "multiply", "maximum", "minimum", "features", "time"],
)
@pytest.mark.parametrize("both", [True, False], ids=["both", "one"])
def test_masks_of_several_inputs_meet_as_in_keras(written, twin, both):
    a, b = K.Input((5, 3)), K.Input((5, 3))
    x = twin([K.Masking()(a), K.Masking()(b) if both else b])
    second = (
        "- {masking: {}, from: b, name: right}"
        if both
        else "- {identity: {}, from: b, name: right}"
    )
    layers = f"""
    - {{masking: {{}}, from: a, name: left}}
    {second}
    - {{{written}, from: [left, right]}}
    - simple_rnn: 2"""
    inputs = {"a": masked_sequences(), "b": masked_sequences(seed=7)[::-1].copy()}
    assert_same_whole(layers, keras.Model([a, b], K.SimpleRNN(2)(x)), inputs)


def test_one_mask_met_again_is_not_computed_again():
    program = compiled(
        ["masking", {"dense": 3}, {"add": {}, "from": ["masking", "dense"]}, {"gru": 2}],
        {"x": TensorType((5, 3))},
    ).program
    made = [step.output for step in program.steps if step.output.endswith(":mask")]
    assert made == ["masking:mask"]
    assert program.steps[-1].masks == ("masking:mask",)


def test_a_mask_that_nothing_reads_is_not_computed():
    program = compiled(["masking", "drop_mask", "flatten"], {"x": TensorType((5, 3))}).program
    assert [step.output for step in program.steps] == ["masking", "drop_mask", "flatten"]


@pytest.mark.parametrize(
    "layers",
    [
        "[masking, flatten]",
        "[masking, {dense: 4}, {reshape: [20]}]",
        "[masking, {residual: [{conv1d: {filters: 3, kernel_size: 1}}]}]",
    ],
)
def test_a_layer_that_knows_no_masks_refuses_one(layers):
    assert ids(checking(spec(layers))) == ["KC306"]


@pytest.mark.parametrize(
    "layers",
    [
        "[masking, drop_mask, flatten]",
        "[masking, {lstm: 2}, {reshape: [2, 1]}]",
        "[masking, global_average_pooling1d, {reshape: [3, 1]}]",
    ],
)
def test_a_mask_ends(layers):
    assert ids(checking(spec(layers))) == []


def test_masks_of_different_shapes_do_not_meet():
    findings = checking(
        spec(
            "[{masking: {}, from: a, name: left}, {masking: {}, from: b, name: right}, "
            "{add: {}, from: [left, right]}]",
            "{a: [5, 3], b: [1, 3]}",
        )
    )
    assert ids(findings) == ["KC306"]


def test_a_mask_of_parts_of_steps_is_refused_by_recurrent_layers():
    findings = checking(spec("[masking, {reshape: [5, 6]}, {gru: 2}]", "{x: [5, 2, 3]}"))
    assert ids(findings) == ["KC306"]


def test_batch_normalization_counts_what_is_not_masked():
    x = masked_sequences()
    program = compiled(
        ["masking", {"batch_normalization": {"momentum": 0.6}}], {"x": TensorType((5, 3))}
    ).program
    params, state = random_weights(program, np.random.default_rng(0))
    twin = K.BatchNormalization(momentum=0.6)
    twin.build((None, 5, 3))
    weights = [*params["batch_normalization"].values()]
    moving = [*state["batch_normalization"].values()]
    expected, after = twin.stateless_call(weights, moving, x, training=True, mask=(x != 0).any(-1))
    y, new = run(program, params, state, {"x": x}, train=True)
    np.testing.assert_allclose(y, expected, 1e-4, 1e-5)
    for a, b in zip(new["batch_normalization"].values(), after, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-5)


TRAINING = {
    "loss": "mean_squared_error",
    "metrics": ["mean_absolute_error", "accuracy"],
    "optimizer": "sgd",
    "epochs": 1,
}


def test_loss_and_metrics_of_a_masked_output_are_means_over_what_counts():
    model = compiled(["masking", {"dense": 2}], {"x": TensorType((5, 3))}, TRAINING)
    assert model.training is not None
    x = masked_sequences()
    target = np.random.default_rng(5).normal(size=(4, 5, 2)).astype("float32")
    params, _ = random_weights(model.program, np.random.default_rng(0))
    # The last row only pads the batch.
    valid = np.array([1, 1, 0, 1], "float32")
    (phase,) = model.training.phases
    _, (outputs, _, found) = objective.loss(
        model.training, phase, params, {}, {"x": x}, {"dense": target}, valid, train=False
    )
    sums = metrics.update_metrics(
        model.training, metrics.zero_sums(model.training), outputs, {"dense": target}, valid, {}
    )
    results = metrics.metric_results(model.training, sums)
    y = np.asarray(outputs["dense"])[valid > 0]
    mask, wanted = (x != 0).any(-1)[valid > 0], target[valid > 0]
    loss = keras.losses.MeanSquaredError()
    y_masked = keras.ops.convert_to_tensor(y)
    keras.src.backend.set_keras_mask(y_masked, mask)
    np.testing.assert_allclose(found["loss"], loss(wanted, y_masked), 1e-5)
    metric = keras.metrics.MeanAbsoluteError()
    metric.update_state(wanted, y, sample_weight=mask.astype("float32"))
    np.testing.assert_allclose(results["mean_absolute_error"], metric.result(), 1e-5)


def test_a_batch_without_anything_that_counts_has_no_loss():
    model = compiled(["masking", {"dense": 2}], {"x": TensorType((5, 3))}, TRAINING)
    assert model.training is not None
    params, _ = random_weights(model.program, np.random.default_rng(0))
    x, target = np.zeros((2, 5, 3), "float32"), np.ones((2, 5, 2), "float32")

    def loss(params):
        (phase,) = model.training.phases
        return objective.loss(
            model.training, phase, params, {}, {"x": x}, {"dense": target}, np.ones(2, "float32")
        )[0]

    value, slopes = jax.value_and_grad(loss)(params)
    assert value == 0
    assert all(bool((s == 0).all()) for s in jax.tree.leaves(slopes))


def test_the_generated_module_weighs_a_masked_output_likewise():
    layers = [
        {"embedding": {"input_dim": 9, "output_dim": 2, "mask_zero": True}},
        {"bidirectional": {"layer": {"lstm": {
            "units": 4, "return_sequences": True, "dropout": 0.1, "recurrent_dropout": 0.2,
            "activation": {"relu": {"max_value": 6.0}}}}}},
        {"dense": 1},
    ]  # fmt: skip
    model = compiled(layers, {"ids": TensorType((5,), "int32")}, TRAINING)
    assert_same_model(model)
    assert_same_training(model)


def test_predictions_come_without_the_mask(tmp_path):
    import kc

    layers = [{"embedding": {"input_dim": 9, "output_dim": 2, "mask_zero": True}}, {"dense": 1}]
    model = compiled(layers, {"ids": TensorType((5,), "int32")}, TRAINING)
    path = tmp_path / "spec.yaml"
    path.write_text(model.source.text)
    trained = kc.load(path)
    y = trained.predict(np.array([[1, 2, 0, 0, 0]], "int32"))
    assert y.shape == (1, 5, 1)
