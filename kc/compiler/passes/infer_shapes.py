"""Give every node its type, weights and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.dimension import UnknownSizeError, bounded, surely_below
from kc.core.sizes import known
from kc.core.span import Span
from kc.core.text import listing
from kc.core.types import (
    MAX_ELEMENTS,
    MAX_RANK,
    Inferred,
    Shape,
    ShapeError,
    Size,
    TensorType,
    shape_text,
)
from kc.library.constraints import Constraint
from kc.library.fitting import unfitted
from kc.library.initializers import Initializer
from kc.library.layer import Layer
from kc.library.regularizers import Regularizer


def infer_shapes(graph: Graph, report: Report) -> Graph:
    """Infer forward. Nodes behind one that failed stay without type, so that one mistake is
    reported once.
    """  # noqa: D205
    types: dict[str, TensorType] = dict(graph.inputs)
    places: dict[str, Span | None] = dict(graph.spans)
    shared: dict[str, tuple[Node, dict[str, Shape]]] = {}
    nodes: list[Node] = []
    hosted = set(graph.inputs)
    for name, kind in graph.inputs.items():
        if not _fits_input(name, kind, graph.spans.get(name), report):
            del types[name]
    for node in graph.nodes:
        places[node.name] = node.span
        if all(name in types for name in node.inputs):
            inferred = _infer(node, types, hosted, places, graph, report)
            if inferred is not None and _same_weights(node, inferred, shared, report):
                types[node.name] = inferred.output
                types |= {f"{node.name}.{part}": kind for part, kind in inferred.parts.items()}
                node = replace(node, inferred=inferred)
        nodes.append(node)
    _check_outputs(graph, types, places, report)
    return graph.with_nodes(tuple(nodes))


def _check_outputs(
    graph: Graph,
    types: Mapping[str, TensorType],
    places: Mapping[str, Span | None],
    report: Report,
) -> None:
    for name, value in graph.outputs.items():
        if value in types and types[value].is_text:
            report.add(
                codes.TEXT_OUTPUT,
                f"the output `{name}` is text",
                at=places.get(value),
                help="put a layer behind it that makes numbers: `text_vectorization`, "
                "`string_lookup`",
            )


def _infer(
    node: Node,
    types: Mapping[str, TensorType],
    hosted: set[str],
    places: dict[str, Span | None],
    graph: Graph,
    report: Report,
) -> Inferred | None:
    """The node's types; one that has to do with text joins the values on the host."""
    infer = cast("Callable[..., Inferred]", node.layer.infer)
    inputs = [types[name] for name in node.inputs]
    try:
        _check_text(node.layer, inputs)
        _check_fitting(node.layer)
        inferred = infer(*inputs)
        _check_known(inferred)
        _check_parts(node, inferred)
        if any(kind.is_text for kind in (inferred.output, *inputs)):
            _check_place(node, hosted)
            hosted.add(node.name)
    except ShapeError as error:
        unknown = isinstance(error, UnknownSizeError)
        report.add(
            codes.UNKNOWN_SIZE if unknown else codes.BAD_INPUT_TYPE,
            f"{node.layer.kind} {error.message}",
            at=node.span,
            cause=[*_causes(node, inputs, places), *_origins(node, inputs, graph)],
            help=error.help,
        )
        return None
    sizes = [inferred.output.size, *(w.size for w in inferred.weights.values())]
    fits = all(_fits(f"{node.layer.kind} makes", size, node.span, report) for size in sizes)
    return inferred if fits else None


def _check_text(layer: Layer, inputs: Sequence[TensorType]) -> None:
    """Raise ShapeError for a layer that cannot take text."""
    text = next((kind for kind in inputs if kind.is_text), None)
    if text is not None and not layer.takes_text:
        raise ShapeError(
            f"cannot take text, the input is {text}",
            "make numbers of it first: `text_vectorization`, `string_lookup`",
        )


def _check_place(node: Node, hosted: set[str]) -> None:
    """Raise ShapeError where text, which stays on the host, meets what the device computes."""
    computed = next((name for name in node.inputs if name not in hosted), None)
    if computed is not None:
        raise ShapeError(
            f"has to do with text, but `{computed}` is computed on the device",
            "let it take inputs of the model, and what layers make of text",
        )


def _check_fitting(layer: Layer) -> None:
    """Raise ShapeError for a layer that holds another one whose fields nobody will find."""
    inside = next((part for part in unfitted(layer) if part is not layer), None)
    if inside is not None:
        raise ShapeError(
            f"holds {inside.kind}, which cannot be fitted inside of another layer",
            f"give its {listing(inside.finds)}, or put it before",
        )


def _check_known(inferred: Inferred) -> None:
    """Raise ShapeError where the shape of an array that the layer keeps depends on the data."""
    for kind in (inferred.output, *inferred.parts.values()):
        _check_rank(kind, "makes")
        for size in kind.shape:
            bounded(size)
    arrays = {**inferred.weights, **inferred.state}
    for name, shape in {**{n: w.shape for n, w in arrays.items()}, **inferred.memory}.items():
        if not all(isinstance(size, int) for size in shape):
            raise UnknownSizeError(
                f"needs to know the shape of its `{name}`, which is {shape_text(shape)}", shape
            )


def _check_rank(kind: TensorType, does: str) -> None:
    """Raise ShapeError for more axes than arrays can have."""
    if kind.rank > MAX_RANK:
        raise ShapeError(f"{does} a tensor of {kind.rank:,} axes", f"the limit is {MAX_RANK}")


def _check_parts(node: Node, inferred: Inferred) -> None:
    """Raise ShapeError where an initializer, regularizer or constraint does not fit its array."""
    found: list[tuple[str, tuple[int, ...], object]] = []
    for name, weight in (*inferred.weights.items(), *inferred.state.items()):
        parts = (weight.init, weight.regularizer, weight.constraint)
        found += [(f"its `{name}`", known(weight.shape), part) for part in parts]
    activity = getattr(node.layer, "activity_regularizer", None)
    # A batch of one stands for any, and so does 1 for a size that only the data know.
    output = [size if isinstance(size, int) else 1 for size in inferred.output.shape]
    found.append(("its output", (1, *output), activity))
    for name, shape, part in found:
        if isinstance(part, Initializer | Regularizer | Constraint):
            try:
                part.check(shape)
            except ShapeError as error:
                written = f"{name}, whose shape is {shape_text(shape)}"
                raise ShapeError(
                    f"cannot use {part.kind} for {written}: {error.message}", error.help
                ) from error


def _fits_input(name: str, kind: TensorType, span: Span | None, report: Report) -> bool:
    try:
        _check_rank(kind, "is")
        size = kind.size
    except ShapeError as error:
        message = f"the input `{name}` {error.message}"
        report.add(codes.BAD_INPUT_TYPE, message, at=span, help=error.help)
        return False
    return _fits(f"the input `{name}` is", size, span, report)


def _fits(subject: str, size: Size, span: Span | None, report: Report) -> bool:
    if not surely_below(MAX_ELEMENTS, size):
        return True
    report.add(
        codes.TOO_MANY_ELEMENTS,
        f"{subject} a tensor of {size:,} elements",
        at=span,
        help="no tensor may hold more than 2^40",
    )
    return False


def _causes(
    node: Node, inputs: list[TensorType], places: dict[str, Span | None]
) -> Sequence[Label]:
    """Where each input comes from, and its type."""
    return [
        Label(place, f"`{name}` is {kind}")
        for name, kind in zip(node.inputs, inputs, strict=True)
        if (place := places.get(name)) is not None
    ]


def _origins(node: Node, inputs: Sequence[TensorType], graph: Graph) -> Sequence[Label]:
    """Where the unknown sizes among a node's inputs were declared."""
    wanted = {name for kind in inputs for name in kind.names}
    labels: list[Label] = []
    for name, kind in graph.inputs.items():
        here = [size for size in kind.names if size in wanted]
        wanted.difference_update(here)
        place = graph.spans.get(name)
        if here and place is not None and name not in node.inputs:
            labels.append(Label(place, f"{listing(here)} comes from here"))
    return labels


def _same_weights(
    node: Node, inferred: Inferred, shared: dict[str, tuple[Node, dict[str, Shape]]], report: Report
) -> bool:
    shapes = {n: w.shape for n, w in (*inferred.weights.items(), *inferred.state.items())}
    first, known = shared.setdefault(node.scope, (node, shapes))
    if shapes == known:
        return True
    weight = next(n for n in shapes if shapes[n] != known.get(n))
    report.add(
        codes.SHARED_SHAPE,
        f"`{node.name}` and `{first.name}` share weights but see different shapes",
        at=node.span,
        label=f"its `{weight}` would be {list(known.get(weight, ()))} for the one and "
        f"{list(shapes[weight])} for the other",
        cause=Label(first.span, "first used here") if first.span else None,
        help="give all uses of a shared part inputs of one shape",
    )
    return False
