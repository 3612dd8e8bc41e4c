"""Several optimizers, phases, and terms on any value of the model."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest

import kc
from kc.compiler.lower import update
from kc.library.loss_scale import first_loss_scale, next_loss_scale
from tests.emit.same import assert_same_model, assert_same_training
from tests.library.training import train
from tests.models import compiled_text, random_weights

GROUPS = """
kc: 1
model:
  inputs: {x: [3]}
  shared: {body: [{dense: {units: 5, activation: tanh}}, {dense: {units: 4, activation: tanh}}]}
  layers:
    - use: body
    - {dense: 2, name: head}
training:
  loss: mean_squared_error
  optimizer: {sgd: {learning_rate: 0.1, momentum: 0.5}}
  groups:
    body: {layers: [body], optimizer: {adam: 0.01}}
"""
ADVERSARIAL = """
kc: 1
model:
  inputs:
    real: [4]
    kind: {shape: [], dtype: int32}
    noise: {shape: [2], random: normal}
  shared:
    maker: [{dense: {units: 6, use_bias: false}}, batch_normalization, relu, {dense: 4}]
    critic: [{dense: {units: 6, kernel_constraint: max_norm}}, leaky_relu, {dropout: 0.2},
      {dense: {units: 1, kernel_regularizer: l2}}]
  layers:
    - {use: maker, from: noise, name: made}
    - {use: critic, from: real, name: real_score}
    - {use: critic, from: made, name: made_score}
    - {dense: {units: 3, activation: softmax}, from: made, name: named}
  outputs: made
training:
  batch_size: 5
  epochs: 3
  phases:
    critic:
      trains: [critic]
      repeat: 2
      terms:
        - {value: real_score, loss: {binary_crossentropy: {from_logits: true}}, target: 1}
        - {value: made_score, loss: {binary_crossentropy: {from_logits: true}}, target: 0}
      optimizer: {sgd: 0.1}
    maker:
      trains: [maker, named]
      terms:
        - {value: made_score, weight: -0.5, name: fooled}
        - {value: named, loss: sparse_categorical_crossentropy, target: kind}
      optimizer: {adam: 0.05}
      groups: {last: {layers: [named], optimizer: {sgd: 0.3}}}
"""
AUTOENCODER = """
kc: 1
model:
  inputs: {x: [4]}
  layers:
    - {dense: {units: 2, activation: tanh}, name: code}
    - {expression: square(x), name: size}
    - {dense: 4, from: code, name: decoded}
  outputs: decoded
training:
  terms:
    - {value: decoded, loss: mean_squared_error, target: x}
    - {value: size, weight: 0.5}
  metrics: [mean_absolute_error]
  optimizer: {sgd: 0.1}
  batch_size: 4
"""
SCALED = """
kc: 1
model:
  inputs: {x: [3]}
  layers: [{dense: 2}]
training:
  loss: mean_squared_error
  optimizer: {sgd: {learning_rate: 1.0e-3, momentum: 0.9, loss_scale_factor: SCALE}}
"""


def batches(count: int, size: int = 6, features: int = 3, outputs: int = 2):
    rng = np.random.default_rng(0)
    shapes = (size, features), (size, outputs)
    return [tuple(rng.normal(size=s).astype("float32") for s in shapes) for _ in range(count)]


def test_groups_move_as_their_own_optimizers_would():
    model = compiled_text(GROUPS)
    assert [(own.name, own.scopes) for own in model.training.optimizers] == [
        ("body", ("body/dense", "body/dense_1")),
        ("main", ("head",)),
    ]
    params, state = random_weights(model.program, np.random.default_rng(1))
    _, after, _ = train(model, params, state, batches(4))
    layers = [keras.layers.Dense(n, "tanh") for n in (5, 4)] + [keras.layers.Dense(2)]
    twin = keras.Sequential([keras.Input((3,)), *layers])
    twin.set_weights([w for scope in params.values() for w in scope.values()])
    rules = [keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.1, 0.5)]
    parts = [twin.trainable_variables[:4], twin.trainable_variables[4:]]
    for rule, part in zip(rules, parts, strict=True):
        rule.build(part)
    weights, memory = [[v.value for v in p] for p in parts], [r.variables for r in rules]
    memory = [[v.value for v in m] for m in memory]
    for x, y in batches(4):
        gradients = jax.grad(
            lambda w: jnp.mean((twin.stateless_call(w[0] + w[1], [], x)[0] - y) ** 2)  # noqa: B023
        )(weights)
        for n, rule in enumerate(rules):
            weights[n], memory[n] = rule.stateless_apply(memory[n], gradients[n], weights[n])
    expected = [np.asarray(w) for part in weights for w in part]
    for array, wanted in zip(
        jax.tree.leaves(after), jax.tree.leaves(_like(after, expected)), strict=True
    ):
        np.testing.assert_allclose(array, wanted, 1e-4, 1e-5)


def _like(tree, flat):
    """Arrays in Keras's order, kernel before bias, as a tree by scope and name."""
    arrays = iter(flat)
    return {s: {n: next(arrays) for n in ("kernel", "bias")} for s in tree}


@pytest.mark.parametrize(
    "text",
    [GROUPS, ADVERSARIAL, AUTOENCODER, SCALED.replace("SCALE", "512.0"),
     SCALED.replace("SCALE", "dynamic")],
    ids=["groups", "phases", "terms", "scaled", "dynamic"],
)  # fmt: skip
def test_generated_code_trains_as_kc_does(text):
    model = compiled_text(text)
    assert_same_model(model)
    assert_same_training(model)


def test_phases_take_turns_as_written_by_hand():
    model = compiled_text(ADVERSARIAL)
    training = model.training
    params, state = random_weights(model.program, np.random.default_rng(1))
    memory = update.first_memory(training, params)
    rng = np.random.default_rng(3)
    inputs = {
        "real": rng.normal(size=(5, 4)).astype("float32"),
        "kind": rng.integers(0, 3, 5).astype("int32"),
    }
    key, valid = jax.random.key(7), jnp.ones(5)
    turn, found = update.step(
        training, update.Turn(params, state, memory), inputs, {}, valid, key=key
    )
    critic, maker = training.phases
    by_hand = update.Turn(params, state, memory)
    for number, phase in enumerate((critic, critic, maker)):
        own = jax.random.fold_in(key, number)
        before = by_hand
        by_hand, last = update.advance(training, phase, by_hand, inputs, {}, valid, key=own)
        moved = {s for s in params if not equal(before.params[s], by_hand.params[s])}
        assert moved == phase.scopes
        assert equal(before.state, by_hand.state) == (phase is critic)
    assert equal(turn, by_hand)
    np.testing.assert_allclose(found.losses["maker_loss"], last.total)


def equal(tree, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), tree, other))


def test_the_critic_of_a_pair_moves_by_its_own_gradient_only():
    model = compiled_text(
        ADVERSARIAL.replace("repeat: 2", "repeat: 1").replace("{dropout: 0.2},", "")
    )
    training = model.training
    params, state = random_weights(model.program, np.random.default_rng(1))
    rng = np.random.default_rng(3)
    real, noise = (rng.normal(size=(5, n)).astype("float32") for n in (4, 2))
    phase = training.phases[0]
    turn = update.Turn(params, state, update.first_memory(training, params))
    key = jax.random.key(7)
    noise = jax.random.normal(jax.random.fold_in(key, 2**31), (5, 2))
    inputs = {"real": real, "kind": np.zeros(5, "int32")}
    after, _ = update.advance(training, phase, turn, inputs, {}, jnp.ones(5), key=key)

    def score(critic, x):
        first, second = critic
        hidden = x @ first["kernel"] + first["bias"]
        hidden = jnp.where(hidden > 0, hidden, 0.3 * hidden)
        return (hidden @ second["kernel"] + second["bias"])[:, 0]

    def made():
        first, norm, last = (
            params[f"maker/{n}"] for n in ("dense", "batch_normalization", "dense_1")
        )
        hidden = noise @ first["kernel"]
        hidden = (hidden - hidden.mean(0)) / jnp.sqrt(hidden.var(0) + 1e-3)
        hidden = jax.nn.relu(hidden * norm["gamma"] + norm["beta"])
        return hidden @ last["kernel"] + last["bias"]

    def loss(critic):
        cross = optax.sigmoid_binary_cross_entropy
        total = cross(score(critic, real), jnp.ones(5)).mean()
        total += cross(score(critic, made()), jnp.zeros(5)).mean()
        return total + 0.01 * (critic[1]["kernel"] ** 2).sum()

    critic = params["critic/dense"], params["critic/dense_1"]
    slopes = jax.grad(loss)(critic)
    moved = jax.tree.map(lambda w, g: w - 0.1 * g, critic, slopes)
    norms = jnp.sqrt((moved[0]["kernel"] ** 2).sum(0, keepdims=True))
    moved[0]["kernel"] *= jnp.clip(norms, 0, 2) / (1e-7 + norms)
    for scope, wanted in zip(("critic/dense", "critic/dense_1"), moved, strict=True):
        for name, array in wanted.items():
            np.testing.assert_allclose(after.params[scope][name], array, 1e-4, 1e-5)
    assert equal(after.params["maker/dense"], params["maker/dense"])
    assert equal(after.state, state)


def test_a_pair_trains_and_its_noise_is_drawn_where_nobody_gives_it(tmp_path):
    model = _load(tmp_path, ADVERSARIAL)
    rng = np.random.default_rng(0)
    x = {"real": rng.normal(size=(22, 4)), "kind": rng.integers(0, 3, 22)}
    history = model.fit(x, verbose=False)
    assert list(history.history) == [
        "loss", "critic_loss", "maker_loss", "critic_real_score_loss", "critic_made_score_loss",
        "maker_fooled_loss", "maker_named_loss",
    ]  # fmt: skip
    logs = {name: values[-1] for name, values in history.history.items()}
    assert logs["loss"] == pytest.approx(logs["critic_loss"] + logs["maker_loss"], rel=1e-5)
    named = -0.5 * logs["maker_fooled_loss"] + logs["maker_named_loss"]
    assert logs["maker_loss"] == pytest.approx(named, rel=1e-4)
    first = model.predict(x)
    assert first.shape == (22, 4)
    np.testing.assert_array_equal(first, model.predict(x))
    given = model.predict({**x, "noise": np.zeros((22, 2))})
    assert np.abs(given - given[:1]).max() == 0
    model.save(tmp_path / "pair.h5")
    np.testing.assert_array_equal(kc.load(tmp_path / "pair.h5").predict(x), first)


def test_terms_need_no_target_in_the_data(tmp_path):
    model = _load(tmp_path, AUTOENCODER)
    x = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
    logs = model.evaluate(x)
    decoded = model.predict(x)
    assert decoded.shape == (12, 4)
    code = np.tanh(x @ model.weights["code"]["kernel"] + model.weights["code"]["bias"])
    assert logs["decoded_loss"] == pytest.approx(np.mean((decoded - x) ** 2), rel=1e-5)
    assert logs["size_loss"] == pytest.approx(np.mean(code**2), rel=1e-5)
    assert logs["loss"] == pytest.approx(logs["decoded_loss"] + 0.5 * logs["size_loss"])
    assert logs["mean_absolute_error"] == pytest.approx(np.mean(np.abs(decoded - x)), rel=1e-5)
    assert model.fit(x, epochs=30, verbose=False).history["loss"][-1] < logs["loss"]


def test_a_static_loss_scale_changes_nothing_in_float32():
    plain = compiled_text(SCALED.replace(", loss_scale_factor: SCALE", ""))
    scaled = compiled_text(SCALED.replace("SCALE", "1024.0"))
    params, state = random_weights(plain.program, np.random.default_rng(1))
    ours, theirs = (train(m, params, state, batches(3)) for m in (scaled, plain))
    assert jax.tree.all(jax.tree.map(lambda a, b: np.allclose(a, b, 1e-6), ours, theirs))


def test_a_dynamic_loss_scale_leaves_out_steps_that_overflow_as_keras_does():
    model = compiled_text(SCALED.replace("SCALE", "dynamic"))
    params, state = random_weights(model.program, np.random.default_rng(1))
    given = batches(6)
    for number in (1, 2, 4):
        given[number] = (given[number][0] * 1e18, given[number][1])
    twin = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    inner = keras.optimizers.SGD(1e-3, 0.9)
    rule = keras.optimizers.LossScaleOptimizer(inner)
    weights = [jnp.asarray(w) for scope in params.values() for w in scope.values()]
    rule.build(twin.trainable_variables)
    memory = [v.value for v in rule.variables]
    (scale_at,) = [n for n, v in enumerate(rule.variables) if v is rule.dynamic_scale]
    turn = update.Turn(params, state, update.first_memory(model.training, params))
    skipped = []
    for x, y in given:
        before = turn
        turn, _ = update.step(
            model.training, turn, {"x": x}, {"dense": y}, jnp.ones(6), key=jax.random.key(0)
        )
        skipped.append(equal(before.params, turn.params))
        gradients = jax.grad(
            lambda w: (
                memory[scale_at]  # noqa: B023
                * jnp.mean((twin.stateless_call(w, [], x)[0] - y) ** 2)  # noqa: B023
            )
        )(weights)
        weights, memory = rule.stateless_apply(memory, gradients, weights)
        np.testing.assert_allclose(turn.memory["loss_scale"]["scale"], memory[scale_at])
        np.testing.assert_allclose(turn.params["dense"]["kernel"], weights[0], 1e-4)
    assert skipped == [False, True, True, False, True, False]


def test_a_dynamic_loss_scale_doubles_after_two_thousand_good_steps():
    memory = first_loss_scale()
    run = jax.jit(
        lambda m: jax.lax.fori_loop(0, 1999, lambda _, m: next_loss_scale(m, jnp.array(True)), m)
    )
    memory = run(memory)
    assert (float(memory["scale"]), int(memory["steps"])) == (2.0**15, 1999)
    memory = next_loss_scale(memory, jnp.array(True))
    assert (float(memory["scale"]), int(memory["steps"])) == (2.0**16, 0)
    memory = next_loss_scale({**memory, "steps": jnp.array(7)}, jnp.array(False))
    assert (float(memory["scale"]), int(memory["steps"])) == (2.0**15, 0)


def test_gradients_with_respect_to_inputs(tmp_path):
    model = _load(tmp_path, SCALED.replace(", loss_scale_factor: SCALE", ""))
    (x, y) = batches(1)[0]
    kernel = model.weights["dense"]["kernel"]
    np.testing.assert_allclose(model.gradients(x), np.broadcast_to(kernel.sum(1), x.shape), 1e-5)
    np.testing.assert_allclose(
        model.gradients(x, place=1), np.broadcast_to(kernel[:, 1], x.shape), 1e-5
    )
    wrong = model.predict(x) - y
    np.testing.assert_allclose(model.gradients(x, y), 2 * wrong @ kernel.T / y.size, 1e-4, 1e-6)
    with pytest.raises(ValueError, match="`output` has to be one of dense"):
        model.gradients(x, output="nothing")


def _load(folder, text):
    (folder / "spec.yaml").write_text(text)
    return kc.load(folder / "spec.yaml")
