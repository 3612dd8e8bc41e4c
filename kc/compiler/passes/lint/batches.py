"""Batches that the data cannot fill."""

from __future__ import annotations

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.schemas.spec import Spec


def batches(graph: Graph, spec: Spec, report: Report) -> None:
    """KC823: kc knows the size of its own data."""
    if spec.data is None or spec.training is None:
        return
    source, size = spec.data.source, spec.training.batch_size
    total = source.total
    if total is None:
        return
    training, *_ = spec.data.split.sizes(total)
    if size > training:
        report.add(
            codes.LARGE_BATCH,
            f"a batch of {size:,} is more than the {training:,} examples to train on",
            at=spec.key_place("training", "batch_size"),
            cause=Label(source.span, f"{total:,} examples") if source.span else None,
            help=f"write `batch_size: {training}` for one step per epoch, or less for more steps",
        )
