"""Every layer on an axis whose size only the data know."""

from dataclasses import replace

import pytest

from kc.compiler.graph.build import build
from kc.compiler.passes.follow_masks import follow_masks
from kc.compiler.passes.infer_shapes import infer_shapes
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.dimension import Dimension, Size
from kc.core.registry import entries
from kc.library.layer import Composite
from tests.library.test_registry import example_model

SIZES = (1, 2, 3, 5, 8, 12, 13)
FIRST_NEEDED = {
    "contrast_limited_adaptive_histogram_equalization": "tiles",
    "locally_connected1d": "a kernel for each place",
    "locally_connected2d": "a kernel for each place",
    "prelu": "a slope for each place, in its example",
}
"""Layers whose example needs to know its first axis, and why."""
LAYERS = [c for c in entries("layer").values() if not issubclass(c, Composite)]


def inferred(cls, **sizes: Size):
    """The graph of a layer's example, with other sizes on some axes of all its inputs."""
    compiled = example_model(cls)
    report = Report()
    graph = build(compiled.spec, compiled.spec.tree, report)

    def other(kind):
        shape = [sizes.get(f"axis_{axis}", size) for axis, size in enumerate(kind.shape)]
        return kind.with_shape(*shape)

    inputs = {name: other(kind) for name, kind in graph.inputs.items()}
    graph = infer_shapes(replace(graph, inputs=inputs), report)
    return (graph if report.failed else follow_masks(graph, report)), report


def axes(cls):
    return range(next(iter(example_model(cls).graph.inputs.values())).rank)


def said(report):
    return [(d.code, d.message, d.help or "") for d in report]


def at(size, number):
    return size if isinstance(size, int) else size.at({"time": number})


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.kind)
def test_an_unknown_axis_is_followed_or_named(cls):
    for axis in axes(cls):
        graph, report = inferred(cls, **{f"axis_{axis}": Dimension.named("time")})
        for code, message, help in said(report):
            assert code in {codes.UNKNOWN_SIZE, codes.BAD_INPUT_TYPE, codes.MASKED_INPUT}
            assert "time" in message + help
        if not report.failed:
            for number in SIZES:
                check(cls, axis, number, graph)


def check(cls, axis, number, graph):
    """What was inferred says for each number what is inferred from the number."""
    fixed, report = inferred(cls, **{f"axis_{axis}": number})
    if report.failed:
        return  # too short for the layer
    for node, other in zip(graph.nodes, fixed.nodes, strict=True):
        found, wanted = node.inferred, other.inferred
        sizes = {"time": number}
        assert found.output.at(sizes) == wanted.output
        assert {n: t.at(sizes) for n, t in found.parts.items()} == wanted.parts
        assert at(found.flops, number) == wanted.flops
        assert (found.weights, found.state) == (wanted.weights, wanted.state)
        assert (node.mask, node.masks) == (other.mask, other.masks)


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.kind)
def test_layers_take_sequences_and_images_of_any_size(cls):
    if len(axes(cls)) == 1 or cls.kind in FIRST_NEEDED:
        return
    unknown = {f"axis_{axis}": Dimension.named(f"size{axis}") for axis in list(axes(cls))[:-1]}
    _, report = inferred(cls, **unknown)
    assert said(report) == []
