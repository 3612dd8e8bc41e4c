"""A NaN or an infinity names the layer and the line that made it, before the loss or behind it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.runtime.data.stream import Stream
from tests.runtime.jobs import begin, finish

SPEC = """\
kc: 1
model:
  inputs: {x: [2]}
  layers:
    - {dense: {units: 4}, name: first}
    - {activation: exponential, name: boom}
    - {dense: 1, name: last}
training:
  loss: mean_squared_error
  optimizer: {sgd: {learning_rate: 0.001}}
  batch_size: 8
"""


def explained(tmp_path, spec, x, y=None, epochs=3):
    (tmp_path / "spec.yaml").write_text(spec)
    model = kc.load(tmp_path / "spec.yaml")
    y = np.full((len(x), 1), 100.0) if y is None else y
    with pytest.raises(CompileError) as error:
        model.fit(x, y, epochs=epochs, verbose=False)
    (found,) = error.value.report
    assert found.code.id == "KC501"
    return model, found


def test_a_layer_that_overflows_is_named_with_its_line_and_what_went_in(tmp_path):
    x = np.ones((32, 2), "float32")
    x[17] = 1e6
    _, found = explained(tmp_path, SPEC, x)
    assert "the loss is not finite" in found.message
    assert "exponential made" in found.message
    assert "32 of" not in found.message
    assert found.span.line == 6
    assert found.labels[0].text == "`boom`"


def test_an_update_that_overflows_names_the_rate_and_the_gradients(tmp_path):
    spec = SPEC.replace("learning_rate: 0.001", "learning_rate: 1e38").replace(
        "exponential", "tanh"
    )
    _, found = explained(tmp_path, spec, np.ones((32, 2), "float32"))
    assert found.message.startswith("an update is not finite in step 1 (epoch 1, step 1): sgd made")
    assert "a learning rate of 1e+38 and gradients" in found.message
    assert found.span.line in {5, 7}


def test_the_model_keeps_the_weights_from_before(tmp_path):
    x = np.ones((32, 2), "float32")
    x[17] = 1e6
    model, _ = explained(tmp_path, SPEC, x)
    assert all(np.isfinite(w).all() for layer in model.weights.values() for w in layer.values())


def test_weights_that_become_lost_in_the_last_step_end_the_run(tmp_path):
    spec = SPEC.replace("exponential", "tanh").replace("0.001", "1e38")
    model, found = explained(tmp_path, spec, np.ones((8, 2), "float32"), epochs=1)
    assert "an update is not finite in step 1" in found.message
    assert all(np.isfinite(w).all() for layer in model.weights.values() for w in layer.values())


def with_layers(*layers, training="loss: mean_squared_error", more=""):
    lines = "\n".join(f"    - {layer}" for layer in layers)
    return f"""\
kc: 1
model:
  inputs: {{x: [2]}}
{more}  layers:
{lines}
training:
  {training}
  batch_size: 8
"""


FIRST, LAST = "{dense: {units: 4, use_bias: false}, name: first}", "{dense: 1, name: last}"
SQRT = "{expression: sqrt(abs(x)), name: root}"
ZEROS = np.zeros((16, 2), "float32")
GRADIENT = "a gradient is not finite in step 1 (epoch 1, step 1): "


CUT = [
    "{dense: {units: 4, use_bias: false, kernel_initializer: {constant: 1}}, name: first}",
    "{expression: 'min(exp(x), 5)', name: bounded}",
    LAST,
]
TWICE = [
    "{dense: {units: 2, use_bias: false}, repeat: 3, name: body}",
    "{expression: sqrt(abs(x)), repeat: 2, name: roots}",
    LAST,
]
SHARED = f"  shared: {{tower: [{FIRST}, {SQRT}]}}\n"
USES = ["{use: tower, name: a}", "{use: tower, from: a, name: b}", LAST]
PHASES = """phases:
    one: {trains: [first], repeat: 2, loss: mean_squared_error, optimizer: sgd}
    two: {trains: [last], loss: mean_squared_error, optimizer: sgd}"""
SCALED = "optimizer: {sgd: {loss_scale_factor: 1e38}}\n  loss: mean_squared_error"


@pytest.mark.parametrize(
    ("spec", "x", "message", "place"),
    [
        pytest.param(
            with_layers(FIRST, SQRT, LAST),
            0,
            r"expression made .* for the input `first` of gradients \S+ to \S+ at values 0 to 0$",
            SQRT,
            id="a root at zero",
        ),
        pytest.param(
            with_layers(*CUT),
            50,
            "expression made none finite, 32 of 32 not finite for the input `first`",
            "bounded",
            id="an infinity that is cut off on the way there",
        ),
        pytest.param(with_layers(*TWICE), 0, "expression made", "roots", id="in a repeat"),
        pytest.param(
            with_layers(FIRST, SQRT, LAST, training=PHASES),
            0,
            "expression made",
            SQRT,
            id="in a phase",
        ),
        pytest.param(
            with_layers(FIRST, "{dense: 1, name: last}", training=SCALED),
            1,
            "that of the loss mean_squared_error at values",
            "loss: mean",
            id="under a loss scale that is too large",
        ),
        pytest.param(
            with_layers(FIRST, SQRT, LAST, more="  precision: bfloat16\n"),
            0,
            "expression made",
            SQRT,
            id="in bfloat16",
        ),
    ],
)
def test_a_gradient_that_is_lost_names_where_it_was_on_the_way_back(
    tmp_path, spec, x, message, place
):
    _, found = explained(tmp_path, spec, np.full((16, 2), x, "float32"))
    assert found.message.startswith("a gradient is not finite in step 1 (epoch 1, step 1): "), (
        found.message
    )
    assert re.search(message, found.message), found.message
    assert place in spec.splitlines()[found.span.line - 1]


def test_a_gradient_that_reaches_no_trained_weight_is_not_blamed(tmp_path):
    """The first root is of an input; the second one is the culprit."""
    root = "{expression: sqrt(abs(x)), name: harmless}"
    spec = with_layers(root, FIRST, SQRT, LAST)
    _, found = explained(tmp_path, spec, ZEROS)
    assert found.labels[0].text == "`root`"


@pytest.mark.parametrize(
    ("spec", "x", "message", "place"),
    [
        pytest.param(
            with_layers(FIRST, "{expression: log(x * 0), name: log}", LAST),
            1,
            "expression made none finite, 32 of 32 not finite of values",
            "log(x",
            id="a logarithm of zero",
        ),
        pytest.param(
            with_layers(FIRST, LAST),
            1e25,
            "the loss mean_squared_error overflows at values",
            "loss: mean",
            id="a square in the loss",
        ),
        pytest.param(
            with_layers(
                "{dense: {units: 1, kernel_initializer: {constant: 1e25}, kernel_regularizer: l2}}"
            ),
            0,
            "the penalty l2 of `kernel` overflows at weights 1e.25 to 1e.25",
            "l2",
            id="a penalty of weights",
        ),
        pytest.param(
            with_layers(
                "{dense: {units: 4, activity_regularizer: l2}, name: first}",
                "{expression: x * 1e-30}",
                "{dense: 1}",
            ),
            1e25,
            "the penalty l2 of what `first` makes overflows at values",
            "l2",
            id="a penalty of activity",
        ),
        pytest.param(
            with_layers(FIRST, "{expression: x * 60000 * 60000, name: large}", LAST,
                        more="  precision: float16\n"),
            100,
            "expression made",
            "large",
            id="in float16",
        ),
    ],
)  # fmt: skip
def test_a_loss_that_is_lost_names_what_made_it(tmp_path, spec, x, message, place):
    _, found = explained(tmp_path, spec, np.full((16, 2), x, "float32"))
    assert found.message.startswith("the loss is not finite in step 1 (epoch 1, step 1): ")
    assert re.search(message, found.message), found.message
    assert place in spec.splitlines()[found.span.line - 1]


def test_infinities_that_the_loss_does_not_see_are_not_blamed(tmp_path):
    spec = with_layers(
        FIRST,
        "{expression: 'min(exp(abs(x) * 1000), 5)', trainable: false, name: bounded}",
        "{expression: log(x - 5), name: log}",
        "{dense: 1, name: last}",
    )
    _, found = explained(tmp_path, spec, np.full((16, 2), 9, "float32"))
    assert found.labels[0].text == "`log`"


CONVNET = """\
kc: 1
data: {source: {npy: {inputs: x.npy, target: y.npy}}, stream: STREAM}
model:
  inputs: {x: [4, 4, 1]}
  layers:
    - {conv2d: {filters: 2, kernel_size: 3, use_bias: false}, name: first}
    - {expression: sqrt(abs(x)), name: root}
    - flatten
    - dense: 1
training: {loss: mean_squared_error, batch_size: 4, shuffle: false,
  callbacks: [{checkpoint: {every_steps: 1}}]}
"""


@pytest.mark.parametrize("stream", ["false", "true"])
def test_a_step_in_the_middle_is_done_again_from_the_last_checkpoint(tmp_path, stream):
    """Its batch, the third one, has zeros where a root is taken."""
    x = np.random.default_rng(0).normal(size=(16, 4, 4, 1)).astype("float32")
    x[9] = 0
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.ones((16, 1), "float32"))
    started = begin(CONVNET.replace("STREAM", stream), tmp_path)
    assert started.plan.strategy.value == "single"
    assert isinstance(started.data.train, Stream) == (stream == "true")
    with pytest.raises(CompileError) as error:
        finish(started)
    started.run.close()
    (found,) = error.value.report
    assert "a gradient is not finite in step 3 (epoch 1, step 3): expression" in found.message
    assert [record.step for record in started.run.store.records()] == [1, 2]
