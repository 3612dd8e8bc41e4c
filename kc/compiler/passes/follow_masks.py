"""Follow masks from where they begin to where they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.span import Span
from kc.core.types import ShapeError
from kc.library.layer import Mask


def follow_masks(graph: Graph, report: Report) -> Graph:
    """Give every node the masks of its inputs and of its output."""
    masks: dict[str, Mask] = {}
    origins: dict[str, Span | None] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        found = [masks.get(name) for name in node.inputs]
        if node.inferred is not None:
            node, mask = _masked(node, found, graph, origins, report)
            if mask is not None:
                masks[node.name] = mask
        nodes.append(node)
    return graph.with_nodes(tuple(nodes))


def _masked(
    node: Node,
    masks: Sequence[Mask | None],
    graph: Graph,
    origins: dict[str, Span | None],
    report: Report,
) -> tuple[Node, Mask | None]:
    arrives = any(mask is not None for mask in masks)
    if arrives and node.layer.masking == "none":
        _refuse(node, "cannot take a masked input", None, masks, origins, report)
        return node, None
    types = [kind for name in node.inputs if (kind := graph.type_of(name)) is not None]
    try:
        made = node.layer.output_mask(masks, types)
    except ShapeError as error:
        _refuse(node, error.message, error.help, masks, origins, report)
        return node, None
    if arrives:
        node = replace(node, masks=tuple(None if m is None else m.value for m in masks))
    if made is None:
        return node, None
    if isinstance(made, Mask):
        return replace(node, mask=made.value), made
    mask = Mask(f"{node.name}:mask", made.shape)
    origins[mask.value] = node.span
    return replace(node, mask=mask.value, mask_call=made.call), mask


def _refuse(
    node: Node,
    message: str,
    help: str | None,
    masks: Sequence[Mask | None],
    origins: dict[str, Span | None],
    report: Report,
) -> None:
    begins = [origins[mask.value] for mask in masks if mask is not None]
    report.add(
        codes.MASKED_INPUT,
        f"{node.layer.kind} {message}",
        at=node.span,
        cause=[Label(span, "the mask begins here") for span in begins if span is not None],
        help=help or "put `drop_mask` before it if masked places may count like others",
    )
