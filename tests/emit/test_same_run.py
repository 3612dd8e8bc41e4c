"""The generated loop trains as the runtime does: same weights, order, batches and streams."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np

from kc.compiler.plan.batches import Batches, Stretch
from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import plan
from kc.runtime.data.order import epoch_order
from tests.emit.same import compiled_file, generated

SPEC = Path(__file__).parent / "specs" / "residual.yaml"
EXAMPLES, EPOCHS = 70, 2
"""A number of examples that leaves a short last batch."""


def test_generated_loop_ends_with_the_weights_of_a_run(capsys):
    compiled = compiled_file(SPEC)
    module = generated(compiled)
    module["EPOCHS"] = EPOCHS
    inputs, targets = module["random_examples"](EXAMPLES)
    params, _ = module["train"](inputs, targets)
    printed = capsys.readouterr().out

    execution = Execution(plan(compiled))
    state, size = execution.fresh_state(), execution.plan.batch_size
    for epoch in range(1, EPOCHS + 1):
        order = epoch_order(EXAMPLES, size, execution.plan.seed, epoch, shuffle=True)
        batches = Batches(inputs, targets, {}, order, EXAMPLES)
        stretch = Stretch(0, len(order) // size, batches)
        state = execution.train(state, stretch, execution.plan.seed)
        loss = execution.logs(state.sums)["loss"]
        assert f"epoch {epoch}/{EPOCHS}: loss {loss:.4f}\n" in printed
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), params, state.params)
