"""Batches that a program makes, in `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from tests.runtime.test_loop import count_compiles

SPEC = """
kc: 1
model:
  inputs: {x: [5]}
  layers:
    - {dense: {units: 8, activation: tanh}, name: hidden}
    - {dense: {units: 3, activation: softmax}, name: out}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.02}}
  metrics: [accuracy]
  batch_size: 16
  shuffle: false
"""
random = np.random.default_rng(0)
Y = random.integers(0, 3, 90)
X = (random.normal(size=(90, 5)) + Y[:, None]).astype("float32")
WEIGHT = random.uniform(0, 2, 90).astype("float32")


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


def batches(size: int = 16):
    for first in range(0, len(X), size):
        yield X[first : first + size], Y[first : first + size]


class Endless:
    def __iter__(self):
        while True:
            yield from batches()


class Loader:
    """What PyTorch's loader looks like: lists, a length, values with ``__array__``."""

    def __len__(self):
        return 6

    def __iter__(self):
        return (list(map(Tensor, batch)) for batch in batches())


class Tensor:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Dataset(keras.utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, number):
        return list(batches())[number]


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        pytest.param(batches, {}, id="function"),
        pytest.param(lambda: Loader(), {}, id="function of a loader"),
        pytest.param(Loader(), {}, id="loader"),
        pytest.param(Dataset(), {}, id="sequence"),
        pytest.param(Endless(), {"steps_per_epoch": 6}, id="endless"),
        pytest.param(iter(Endless()), {"steps_per_epoch": 6}, id="endless generator"),
    ],
)
def test_batches_train_as_the_same_examples_in_arrays(model, tmp_path, given, settings):
    found = model.fit(given, epochs=2, verbose=0, **settings)
    wanted = kc.load(tmp_path / "spec.yaml").fit(X, Y, epochs=2, verbose=0)
    assert found.epoch == [1, 2]
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-6)


def test_weights_of_batches_count_as_in_keras(model):
    def weighed():
        for first in range(0, 90, 30):
            rows = slice(first, first + 30)
            yield X[rows], Y[rows], WEIGHT[rows]

    net = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3, "softmax")]
    )
    weights = model.weights
    net.set_weights([weights[n][w] for n in ("hidden", "out") for w in ("kernel", "bias")])
    net.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    wanted = net.fit(weighed(), shuffle=False, steps_per_epoch=3, verbose=0)
    found = model.fit(weighed(), verbose=0)
    np.testing.assert_allclose(found.history["loss"], wanted.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(model.predict(X), net.predict(X, verbose=0), atol=1e-5)


def test_batches_of_many_sizes_compile_only_for_a_few(model):
    def ragged(*sizes: int):
        return lambda: [(X[:size], Y[:size]) for size in sizes]

    model.fit(ragged(4, 3, 2, 9, 5), verbose=0)  # arrays of 4 and of 16 rows
    with count_compiles() as compiles:
        model.fit(ragged(4, 1, 2, 3, 12, 16, 7), verbose=0)
    assert compiles == []


def test_an_epoch_of_some_steps_goes_on_where_the_one_before_ended(model):
    seen: list[int] = []

    class Watched:
        def __iter__(self):
            for number, batch in enumerate(batches()):
                seen.append(number)
                yield batch

    model.fit(Watched(), epochs=3, steps_per_epoch=4, verbose=0)
    assert seen[:12] == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]


def test_a_generator_keeps_the_batches_behind_the_last_step(model):
    generator = batches(10)
    model.fit(generator, epochs=2, steps_per_epoch=3, verbose=0)
    assert len(list(generator)) == 3


def test_a_sequence_is_shuffled_by_batches_and_told_when_a_pass_ends(model):
    asked: list[object] = []

    class Told(Dataset):
        def __getitem__(self, number):
            asked.append(number)
            return super().__getitem__(number)

        def on_epoch_end(self):
            asked.append("end")

    model.fit(Told(), epochs=2, shuffle=True, verbose=0)
    first, second = asked[:6], asked[7:13]
    assert sorted(first) == sorted(second) == list(range(6))
    assert first != second
    assert asked[6] == asked[13] == "end"


def test_outputs_and_measures_of_batches_are_those_of_arrays(model):
    np.testing.assert_allclose(model.predict(lambda: (x for x, _ in batches(25))), model.predict(X))
    np.testing.assert_allclose(model.predict(batches, steps=2), model.predict(X[:32]))
    assert model.evaluate(batches(25)) == pytest.approx(model.evaluate(X, Y), rel=1e-5)
    assert model.evaluate(iter(Endless()), steps=2) == pytest.approx(
        model.evaluate(X[:32], Y[:32]), rel=1e-5
    )


def test_batches_measure_epochs(model):
    found = model.fit(X, Y, epochs=2, validation_data=batches, verbose=0)
    assert found.history["val_loss"][-1] == pytest.approx(model.evaluate(X, Y)["loss"], rel=1e-5)
    found = model.fit(X, Y, epochs=2, validation_data=Endless(), validation_steps=2, verbose=0)
    wanted = model.evaluate(X[:32], Y[:32])["loss"]
    assert found.history["val_loss"][-1] == pytest.approx(wanted, rel=1e-5)


def test_a_source_gives_the_examples(model, tmp_path):
    np.savez(tmp_path / "data.npz", x=X, y=Y)
    source = kc.sources.Npz(path="data.npz", target="y")
    model.fit(source, validation_split=0.2, validation_data=source, verbose=0)
    assert model.evaluate(source) == pytest.approx(model.evaluate(X, Y), rel=1e-6)
    np.testing.assert_allclose(model.predict(source), model.predict(X), rtol=1e-5)


def refusal(call) -> tuple[str, str]:
    with pytest.raises(CompileError) as raised:
        call()
    (found,) = raised.value.report.diagnostics
    return found.code.id, found.message


def test_an_exhausted_generator_says_what_to_do(model):
    ends = "the generator `x` ends, and cannot begin again"
    assert refusal(lambda: model.fit(batches(), epochs=2)) == ("KC421", ends)
    after = "the generator `x` ends after batch 6, and cannot begin again"
    call = lambda: model.fit(batches(), epochs=2, steps_per_epoch=4, verbose=0)  # noqa: E731
    assert refusal(call) == ("KC421", after)
    ends = "the generator `validation_data` ends, and cannot begin again"
    assert refusal(lambda: model.fit(X, Y, epochs=2, validation_data=batches())) == ("KC421", ends)
    assert refusal(lambda: model.fit(list)) == ("KC421", "`x` gives no batch")


@pytest.mark.parametrize(
    "arguments", [{"y": Y}, {"batch_size": 4}, {"sample_weight": WEIGHT}, {"validation_split": 0.1}]
)
def test_what_batches_decide_cannot_be_given(model, arguments):
    (name,) = arguments
    wanted = ("KC422", f"`{name}` cannot be given beside what gives batches as `x`")
    assert refusal(lambda: model.fit(batches, **arguments)) == wanted


def test_a_batch_that_does_not_fit_is_named_and_training_can_go_on(model):
    def mixed():
        yield X[:4], Y[:4]
        yield X[:4, :3], Y[:4]

    with pytest.raises(CompileError) as raised:
        model.fit(mixed, verbose=0)
    (found,) = raised.value.report.diagnostics
    assert found.notes == ("it is in batch 2 of a pass over `x`",)
    assert model.fit(batches, verbose=0).epoch == [1]


def test_what_a_generator_raises_is_raised_as_it_is(model):
    def broken():
        yield X[:4], Y[:4]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        model.fit(broken, verbose=0)


def test_a_loss_that_is_not_finite_ends_training_on_batches(tmp_path):
    (tmp_path / "spec.yaml").write_text(
        SPEC.replace("adam: {learning_rate: 0.02}", "sgd: 1e38").replace("tanh", "relu")
    )
    model = kc.load(tmp_path / "spec.yaml")
    code, message = refusal(lambda: model.fit(lambda: ((X, Y) for _ in range(9)), verbose=0))
    assert (code, message) == ("KC501", "the loss is not finite in epoch 1")


def test_layers_that_need_data_are_fitted_to_batches_by_adapt(tmp_path):
    head = "layers:\n    - normalization"
    (tmp_path / "spec.yaml").write_text(SPEC.replace("layers:", head))
    model = kc.load(tmp_path / "spec.yaml")
    assert refusal(lambda: model.fit(batches))[0] == "KC518"
    model.adapt(lambda: batches(30))
    whole = kc.load(tmp_path / "spec.yaml")
    whole.adapt(X)
    np.testing.assert_allclose(model.predict(X), whole.predict(X), atol=1e-5)


def test_stateful_layers_want_batches_of_one_size(tmp_path):
    (tmp_path / "spec.yaml").write_text(
        "kc: 1\nmodel:\n  inputs: {x: [4, 2]}\n  layers: [{lstm: {units: 3, stateful: true}}, "
        "{dense: 1}]\ntraining: {loss: mean_squared_error, batch_size: 8, shuffle: false}\n"
    )
    model = kc.load(tmp_path / "spec.yaml")
    x, y = np.ones((8, 4, 2)), np.ones(8)
    model.fit(lambda: [(x, y), (x, y)], verbose=0)
    code, message = refusal(lambda: model.fit(lambda: [(x, y), (x[:3], y[:3])], verbose=0))
    assert (code, message) == ("KC541", "stateful layers remember 8 rows, a batch has 3")
