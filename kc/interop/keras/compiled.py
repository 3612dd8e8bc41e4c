"""How a model of kc is trained, as Keras keeps it beside the model."""

from __future__ import annotations

from typing import Any

from kc.compiler.lower.compiled import Compiled
from kc.core import codes
from kc.core.diagnostic import Report
from kc.interop.keras import optimizer
from kc.interop.keras.layout import leaves_of
from kc.interop.keras.training import compile_config
from kc.interop.keras.values import RefusedError
from kc.interop.keras.weights import trained
from kc.interop.keras.write import Compile


def compiled_as(compiled: Compiled, state: Any, report: Report) -> Compile | None:
    """What Keras needs to train on; what it cannot hold is left out with a warning.

    Args:
        compiled: the model.
        state: its state of training, on the host.
        report: learns what is left out.
    """
    training = compiled.spec.training
    if training is None:
        return None
    try:
        config = compile_config(training)
    except RefusedError as refusal:
        report.add(codes.LEFT_OUT, f"loss and optimizer are left out: {refusal.message}")
        return None
    places = trained(compiled.graph, leaves_of(compiled.graph))
    try:
        arrays = optimizer.write(training.optimizer, places, state.optimizer, int(state.step))
    except RefusedError as refusal:
        report.add(codes.LEFT_OUT, f"the optimizer's state is left out: {refusal.message}")
        return Compile(config)
    return Compile(config, arrays)
