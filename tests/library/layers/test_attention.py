import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.attending import attention_weights
from kc.library.layers.attention import Attention
from tests.emit.same import assert_same_model
from tests.library.layers.attending import Listed
from tests.library.layers.parity import assert_same
from tests.models import compiled

TWO, THREE = [(3, 4), (5, 4)], [(3, 4), (5, 2), (5, 4)]
KINDS = {"attention": keras.layers.Attention, "additive_attention": keras.layers.AdditiveAttention}
CASES = [
    pytest.param("attention", {}, TWO, id="dot"),
    pytest.param("attention", {"use_scale": True}, THREE, id="dot, scale, keys"),
    pytest.param("attention", {"score_mode": "concat"}, THREE, id="concat"),
    pytest.param("attention", {"score_mode": "concat", "use_scale": True}, TWO, id="concat, scale"),
    pytest.param("attention", {"dropout": 0.0}, [(2, 3, 4), (2, 5, 4)], id="more axes"),
    pytest.param("additive_attention", {}, TWO, id="additive"),
    pytest.param("additive_attention", {"use_scale": False}, THREE, id="additive, no scale"),
]


@pytest.mark.parametrize("use_causal_mask", [False, True], ids=["all steps", "causal"])
@pytest.mark.parametrize(("kind", "arguments", "shapes"), CASES)
def test_attention_computes_what_keras_computes(kind, arguments, shapes, use_causal_mask):
    twin = Listed(KINDS[kind](**arguments), takes_list=True, use_causal_mask=use_causal_mask)
    names = [f"x{i}" for i in range(len(shapes))]
    item = {kind: {**arguments, "use_causal_mask": use_causal_mask}, "from": names}
    assert_same(item, twin, *shapes)


@pytest.mark.parametrize("kind", KINDS)
def test_masked_steps_are_skipped_as_in_keras(kind):
    from kc.core.registry import entries

    rng = np.random.default_rng(0)
    query, value = (rng.normal(size=(2, n, 4)).astype("float32") for n in (3, 5))
    masks = (jnp.array([[1, 1, 0], [1, 1, 1]], bool), jnp.array([[1, 0, 1, 1, 0]] * 2, bool))
    call = entries("layer")[kind](use_scale=False).lower()
    ours = call.function(query, value, **call.settings, masks=masks, key=None, train=False)
    theirs = KINDS[kind](use_scale=False)([query, value], mask=list(masks))
    np.testing.assert_allclose(ours, theirs, 1e-4, 1e-5)


def test_attention_drops_weights_while_training():
    scores = jnp.zeros((100, 4, 50))
    weights = np.asarray(
        attention_weights(scores, None, dropout=0.3, seed=None, key=jax.random.key(0), train=True)
    )
    assert abs((weights == 0).mean() - 0.3) < 0.02
    np.testing.assert_allclose(weights[weights != 0], 1 / 50 / 0.7, 1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_printed_as_it_runs(kind):
    inputs = {"q": TensorType((3, 4)), "v": TensorType((5, 4))}
    item = {kind: {"dropout": 0.2, "use_causal_mask": True, "seed": 3}, "from": ["q", "v"]}
    assert_same_model(compiled([item], inputs))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        pytest.param([(3, 4), (5, 3)], "cannot compare", id="features"),
        pytest.param([(3, 4), (5, 4), (6, 4)], "cannot pair", id="steps of keys and values"),
        pytest.param([(4,), (4,)], "needs axes of steps", id="no steps"),
        pytest.param([(2, 3, 4), (1, 5, 4)], "cannot compare", id="outer axes"),
    ],
)
def test_attention_refuses_inputs_that_do_not_fit(shapes, words):
    with pytest.raises(ShapeError, match=words):
        Attention().infer(*(TensorType(shape) for shape in shapes))


def test_attention_needs_floats():
    with pytest.raises(ShapeError, match="needs floats"):
        Attention().infer(TensorType((3, 4), "int32"), TensorType((3, 4)))
