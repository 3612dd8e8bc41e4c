"""Finds the fields of layers that are fitted to data: in examples, or in what was stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.lower.compiled import Compiled
from kc.compiler.lower.lower import lower
from kc.compiler.passes.drop_unused import drop_unused
from kc.compiler.pipeline import change_class_weights, change_layers
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
from kc.runtime.balance import balanced_weights
from kc.runtime.data.batched import Batched
from kc.runtime.data.host import on_host
from kc.runtime.data.stream import Part, chunks
from kc.runtime.predict import predict

if TYPE_CHECKING:
    import numpy as np


def fitted(plan: Plan, part: Part | Batched, state: TrainState | None = None) -> Plan:
    """The plan with what layers and weights of classes find in training examples.

    Layers are fitted in the order of the graph, each on what those before it make of the examples.
    One of a shared part sees the values of all its uses that can be computed by then.

    Args:
        plan: what to fit; comes back as it is where nothing is to be found.
        part: the training examples, with inputs as a user gives them. Each layer goes through
            them once.
        state: weights of layers before a fitted one; by default those that training begins with.

    Raises:
        CompileError: when a layer cannot be fitted to its values.
    """
    compiled = plan.compiled
    while nodes := compiled.unfitted:
        node = nodes[0]
        layer = cast("Fitting", node.layer)
        try:
            found = layer.fit(_values(plan, compiled, layer, part, state))
        except ShapeError as error:
            raise failure(
                codes.NOT_FITTED, f"{layer.kind} {error.message}", at=node.span, help=error.help
            ) from None
        compiled = change_layers(compiled, _exchange(layer, found))
        assert len(compiled.unfitted) < len(nodes), "a fitted layer did not find its place"
    if compiled.unbalanced and not isinstance(part, Batched):
        weights = balanced_weights(plan, part)
        compiled = change_class_weights(compiled, weights) if weights else compiled
    return _planned(plan, compiled)


def recalled(plan: Plan, stored: Mapping[str, Any]) -> Plan:
    """The plan with what was found in examples when a model was trained.

    Args:
        plan: what may not be fitted.
        stored: the resolved spec that a checkpoint or a model file holds.
    """
    return _planned(plan, recall(plan.compiled, stored))


def recall(compiled: Compiled, stored: Mapping[str, Any]) -> Compiled:
    """The model with what was found in examples; arguments as those of ``recalled``."""

    def change(path: Path, layer: Layer) -> Layer:
        if not isinstance(layer, Fitting) or layer.fitted:
            return layer
        known = _at(stored, path)
        try:
            return layer.with_fields(**{n: known[n] for n in layer.finds if n in known})
        except ValidationError:
            return layer  # other arguments than those that the fields were found for

    if compiled.unfitted:
        compiled = change_layers(compiled, change)
    weights = _at(stored, ("training", "class_weight"))
    return change_class_weights(compiled, weights) if compiled.unbalanced and weights else compiled


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
    plan: Plan, compiled: Compiled, layer: Fitting, part: Part | Batched, state: TrainState | None
) -> Iterator[np.ndarray]:
    """What each use of a layer gets for the examples, as those of more examples."""
    wanted = _inputs_of(compiled.graph, layer)
    cut = replace(compiled.graph, outputs={name: name for name in wanted}, read={}, complete=False)
    program = lower(drop_unused(cut, Report()))
    own = replace(plan, model=program, training=None, losses={})
    weighted = program.weights or program.state
    state = state or Execution(plan if weighted else own).fresh_state()
    execution = Execution(own)
    for batch in chunks(part):
        own_inputs = {name: batch.inputs[name] for name in program.taught}
        examples = on_host(program, Examples(own_inputs))
        values = predict(execution, state, examples, plan.batch_size)
        _check_shapes([values[name].shape[1:] for name in wanted])
        yield from (values[name] for name in wanted)


def _check_shapes(shapes: Sequence[tuple[int, ...]]) -> None:
    """Check that all uses of a layer get the same shape."""
    if len(set(shapes)) > 1:
        found = " and ".join(str(list(shape)) for shape in sorted(set(shapes)))
        raise ShapeError(
            f"is used on different shapes: {found}",
            "give it numbers, or make each use a layer of its own",
        )


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
