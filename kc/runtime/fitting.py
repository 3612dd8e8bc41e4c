"""Finds the fields of layers that are fitted to data: in examples, or in what was stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import ValidationError

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.lower.compiled import Compiled
from kc.compiler.lower.lower import lower
from kc.compiler.passes.drop_unused import drop_unused
from kc.compiler.pipeline import change_layers
from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import Plan
from kc.compiler.plan.plan import plan as make_plan
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import Report, failure
from kc.core.tree import Path
from kc.core.types import ShapeError
from kc.library.fitting import Fitting
from kc.library.layer import Layer
from kc.runtime.data.host import on_host
from kc.runtime.predict import predict

if TYPE_CHECKING:
    from kc.core.data import Arrays


def fitted(plan: Plan, given: Arrays, state: TrainState | None = None) -> Plan:
    """The plan with the fields that layers find in training examples.

    Layers are fitted in the order of the graph, each on what those before it make of the examples.
    One of a shared part sees the values of all its uses that can be computed by then.

    Args:
        plan: what to fit; comes back as it is where nothing is to be found.
        given: inputs of the training examples, as a user gives them.
        state: weights of layers before a fitted one; by default those that training begins with.

    Raises:
        CompileError: when a layer cannot be fitted to its values.
    """
    compiled = plan.compiled
    while nodes := compiled.unfitted:
        node = nodes[0]
        layer = cast("Fitting", node.layer)
        values = _values(plan, compiled, layer, given, state)
        try:
            found = layer.fit(_joined(values))
        except ShapeError as error:
            raise failure(
                codes.NOT_FITTED, f"{layer.kind} {error.message}", at=node.span, help=error.help
            ) from None
        compiled = change_layers(compiled, _exchange(layer, found))
        assert len(compiled.unfitted) < len(nodes), "a fitted layer did not find its place"
    return _planned(plan, compiled)


def recalled(plan: Plan, stored: Mapping[str, Any]) -> Plan:
    """The plan with the fields that its layers found when a model was trained.

    Args:
        plan: what may not be fitted.
        stored: the resolved spec that a checkpoint or a model file holds.
    """
    return _planned(plan, recall(plan.compiled, stored))


def recall(compiled: Compiled, stored: Mapping[str, Any]) -> Compiled:
    """The model with the fields that its layers found; arguments as those of ``recalled``."""

    def change(path: Path, layer: Layer) -> Layer:
        if not isinstance(layer, Fitting) or layer.fitted:
            return layer
        known = _at(stored, path)
        try:
            return layer.with_fields(**{n: known[n] for n in layer.finds if n in known})
        except ValidationError:
            return layer  # other arguments than those that the fields were found for

    return change_layers(compiled, change) if compiled.unfitted else compiled


def _planned(plan: Plan, compiled: Compiled) -> Plan:
    if compiled is plan.compiled:
        return plan
    made = make_plan(compiled, plan.form)
    reasons = {"reason": plan.reason, "scan_reason": plan.scan_reason}
    return replace(made, **reasons, initial=plan.initial)


def _exchange(old: Layer, new: Layer) -> Any:
    return lambda path, layer: new if layer is old else layer  # pyright: ignore[reportUnknownLambdaType]


def _at(plain: Any, path: Path) -> Mapping[str, Any]:
    """The arguments of a layer in a stored spec; none where they were left out."""
    for step in path:
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return cast("Mapping[str, Any]", plain) if isinstance(plain, Mapping) else {}


def _values(
    plan: Plan, compiled: Compiled, layer: Fitting, given: Arrays, state: TrainState | None
) -> list[np.ndarray]:
    """What the uses of a layer get for the examples."""
    wanted = _inputs_of(compiled.graph, layer)
    cut = replace(compiled.graph, outputs={name: name for name in wanted}, read={}, complete=False)
    program = lower(drop_unused(cut, Report()))
    own = replace(plan, model=program, training=None, losses={})
    weighted = program.weights or program.state
    state = state or Execution(plan if weighted else own).fresh_state()
    own_inputs = {name: given[name] for name in program.taught}
    examples = on_host(program, Examples(own_inputs))
    values = predict(Execution(own), state, examples, plan.batch_size)
    return [values[name] for name in wanted]


def _joined(values: Sequence[np.ndarray]) -> np.ndarray:
    """The values of all uses as those of more examples."""
    shapes = {array.shape[1:] for array in values}
    if len(shapes) > 1:
        raise ShapeError(
            f"is used on different shapes: {' and '.join(str(list(s)) for s in sorted(shapes))}",
            "give it numbers, or make each use a layer of its own",
        )
    return np.concatenate(values)


def _inputs_of(graph: Graph, layer: Fitting) -> list[str]:
    """The inputs of a layer's uses, without those that need layers that are not fitted."""
    known = set(graph.inputs)
    found: dict[str, None] = {}
    for node in graph.nodes:
        if not known.issuperset(node.inputs):
            continue
        if node.layer is layer:
            found[node.inputs[0]] = None
        elif _computes(node):
            known |= {node.name, *(f"{node.name}.{part}" for part in node.layer.parts())}
    return list(found)


def _computes(node: Node) -> bool:
    return not isinstance(node.layer, Fitting) or node.layer.fitted
