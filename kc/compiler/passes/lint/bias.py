"""A bias that batch normalization takes away again."""

from __future__ import annotations

from collections.abc import Iterator

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.passes.lint.outputs import activation_of
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.fix import Fix, Written, add_argument, replace_word
from kc.core.tree import MapNode
from kc.library.layers.batch_normalization import BatchNormalization
from kc.schemas.spec import Spec


def useless_bias(graph: Graph, spec: Spec, report: Report) -> None:
    """KC804."""
    found = list(_biased(graph))
    written = Written(spec.tree) if found and spec.is_written else None
    for before, node in found:
        report.add(
            codes.USELESS_BIAS,
            f"the bias of `{before.name}` has no effect before batch_normalization",
            at=before.span,
            cause=Label(node.span, "subtracts the mean again") if node.span else None,
            help="add `use_bias: false`",
            fix=_fix(before, written) if written else None,
        )


def _fix(node: Node, written: Written) -> Fix | None:
    value = written.value(node.span)
    if value is None:
        return None
    if isinstance(value, MapNode) and value.get("use_bias"):
        given = written.argument(node.span, "use_bias")
        return replace_word(given.span, "true", "false") if given else None
    title = "add `use_bias: false`"
    return add_argument(value, node.layer.main_argument(), "use_bias: false", title=title)


def _biased(graph: Graph) -> Iterator[tuple[Node, Node]]:
    """Layers with a bias, and the batch normalization behind them."""
    for node in graph.nodes:
        if not isinstance(node.layer, BatchNormalization):
            continue
        before = graph.node(node.inputs[0])
        if before is None or activation_of(before.layer) is not None:
            continue
        if _shifts_features(before) and node.layer.axis == -1:
            yield before, node


def _shifts_features(node: Node) -> bool:
    """Whether the layer adds one number to each place of the last axis."""
    if getattr(node.layer, "data_format", "channels_last") == "channels_first":
        return False
    bias = node.inferred.weights.get("bias") if node.inferred else None
    return getattr(node.layer, "use_bias", False) and (bias is None or len(bias.shape) == 1)
