"""From the lists of a spec to a graph: names resolved, shared parts and composites written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from kc.compiler.graph.graph import BlockUse, FirstValues, Graph, Iteration, Node, Region
from kc.compiler.graph.names import Names, labels
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.span import Span
from kc.core.text import count, did_you_mean, listing
from kc.core.tree import Tree, key_span, left_out
from kc.core.types import Precision
from kc.library.draws import Distribution
from kc.library.initial import Initial
from kc.library.layer import Composite, Item, Layer
from kc.library.layers.block import Block
from kc.library.layers.repeated import Repeated
from kc.schemas.spec import Spec

MAX_NODES = 5_000
"""The deepest published models have some 4,000 layers. More than these take seconds to check."""
MAX_NESTING = 32


def build(spec: Spec, tree: Tree, report: Report) -> Graph:
    """The graph that a spec describes; what cannot be resolved is reported and left out."""
    model = spec.model
    inputs = model.input_types()
    spans = {name: key_span(tree, ("model", "inputs", name)) for name in inputs}
    absent = cache(lambda: left_out(tree))
    builder = _Builder(model.shared, report, absent, places=dict(spans))
    values: dict[str, str | None] = {name: name for name in inputs}
    if spec.data:
        _preprocess(spec.data.preprocess, values, builder, tree, report)
    builder.precision = model.precision
    names = Names(
        report, absent, values, previous=next(iter(values.values())) if len(values) == 1 else None
    )
    last = builder.list(model.layers, names, prefix="", scope="")
    outputs = _outputs(spec, builder, names, last)
    read = _read(spec, builder, names)
    drawn: dict[str, Distribution] = {
        name: i.random for name, i in model.inputs.items() if i.random is not None
    }
    nodes = tuple(builder.nodes)
    return Graph(
        inputs, nodes, outputs, spans, read, drawn, builder.blocks, complete=not report.failed
    )


def _preprocess(
    lists: Mapping[str, Sequence[Item]],
    values: dict[str, str | None],
    builder: _Builder,
    tree: Tree,
    report: Report,
) -> None:
    """Put the layers of ``data.preprocess`` between an input and the model."""
    for name, items in lists.items():
        if name not in values:
            report.add(
                codes.UNKNOWN_INPUT,
                f"the model has no input `{name}`",
                at=key_span(tree, ("data", "preprocess", name)),
                help=did_you_mean(name, values),
            )
            continue
        prefix = f"preprocess/{name}/"
        inner = Names(report, builder.left_out, {"input": name}, previous=name)
        values[name] = builder.list(items, inner, prefix=prefix, scope=prefix)


def _outputs(spec: Spec, builder: _Builder, names: Names, last: str | None) -> Mapping[str, str]:
    written = spec.model.output_names()
    if written is None:
        if last is None or not names.chosen(names.last, spec.model.layers[-1].span):
            return {}
        name = next((n for n, value in names.values.items() if value == last), last)
        return {name.rpartition("/")[2]: last}
    outputs: dict[str, str] = {}
    for name, item in written.items():
        place = spec.value_place("model", "outputs", value=item)
        if not names.chosen(item, place):
            continue
        if item not in names.values:
            if not names.absent(codes.UNKNOWN_OUTPUT, item, place):
                builder.report.add(
                    codes.UNKNOWN_OUTPUT,
                    f"no item is called `{item}`",
                    at=place,
                    help=did_you_mean(item, names.values),
                )
        elif (value := names.values[item]) is not None:
            outputs[name] = value
    return outputs


def _read(spec: Spec, builder: _Builder, names: Names) -> Mapping[str, str]:
    """The values that terms of the training name; unknown ones are reported."""
    if spec.training is None:
        return {}
    read: dict[str, str] = {}
    outputs = spec.model.output_names() or {}
    for phase, objective in spec.training.objectives().items():
        path = ("training", "phases", phase) if phase else ("training",)
        for position, term in enumerate(objective.terms):
            for key, name in (("value", term.value), ("target", term.target)):
                if not isinstance(name, str):
                    continue
                place = spec.value_place(*path, "terms", position, key, value=name)
                item = outputs.get(name, name)
                if not names.chosen(item, place):
                    continue
                if item not in names.values:
                    builder.report.add(
                        codes.UNKNOWN_OUTPUT,
                        f"no item, input or output is called `{name}`",
                        at=place,
                        help=did_you_mean(name, [*names.values, *outputs]),
                    )
                elif (value := names.values[item]) is not None:
                    read[name] = value
    return read


@dataclass(slots=True)
class _Builder:
    shared: Mapping[str, Sequence[Item]]
    report: Report
    left_out: Callable[[], Mapping[str, Span]]
    """Names of items that conditions leave out."""
    nodes: list[Node] = field(default_factory=list[Node])
    taken: set[str] = field(default_factory=set[str])
    places: dict[str, Span | None] = field(default_factory=dict[str, Span | None])
    """Where names were given."""
    counters: dict[str, int] = field(default_factory=dict[str, int])
    open: list[str] = field(default_factory=list[str])
    """Shared parts that are being written out."""
    too_many: bool = False
    frozen: int = 0
    """Items around the place that is being built whose weights are not trained."""
    precision: Precision = "float32"
    """What items compute in there. Preprocessing, which is no part of the model, stays exact."""
    initial: tuple[Initial, str] | None = None
    """First values that an item around gives to all weights, and the scope of that item."""
    iterations: tuple[Iteration, ...] = ()
    """Repetitions around the place that is being built."""
    remat: Region | None = None
    """The item around it, or itself, that the backward pass computes again."""
    blocks: dict[str, BlockUse] = field(default_factory=dict[str, BlockUse])
    """Uses of blocks, by the path that their nodes begin with."""

    def list(
        self, items: Sequence[Item], names: Names, prefix: str, scope: str, depth: int = 0
    ) -> str | None:
        """Build a list of items; the value of the last one."""
        for position, item in enumerate(items):
            value = self.item(item, items, position, names, prefix, scope, depth)
            names.previous, names.failed = value, value is None
            if self.too_many:
                return None
        return names.previous

    def item(
        self,
        item: Item,
        items: Sequence[Item],
        position: int,
        names: Names,
        prefix: str,
        scope: str,
        depth: int,
    ) -> str | None:
        inputs = names.inputs(item, items, position)
        around = self.iterations, self.remat
        if names.others is None:
            name = self.name(item, names, prefix)
        else:
            name = f"{prefix}{position}"
            inputs = inputs and (*inputs, *names.others)
            repetition = Iteration(scope.rstrip("/"), prefix.rstrip("/"), position)
            self.iterations = (*self.iterations, repetition)
        own = scope + name.removeprefix(prefix)
        if item.remat and self.remat is None:
            self.remat = Region(name, item.use or own)
        value = None
        if inputs is not None:
            value = self.place(item.at(item.span or names.span), inputs, name, own, depth)
        self.iterations, self.remat = around
        names.last = name.removeprefix(prefix)
        names.values.setdefault(names.last, value)
        names.add_parts(item.layer, value)
        return value

    def place(
        self, item: Item, inputs: tuple[str, ...], name: str, scope: str, depth: int
    ) -> str | None:
        """Add the nodes of an item; the value of its output."""
        if item.use is not None:
            part = self.shared.get(item.use)
            if part is None:
                self.report.add(
                    codes.UNKNOWN_SHARED,
                    f"no shared part is called `{item.use}`",
                    at=item.place("use"),
                    help=did_you_mean(item.use, self.shared)
                    if self.shared
                    else f"define it: `shared: {{{item.use}: [...]}}`",
                )
                return None
            if item.use in self.open:
                circle = " -> ".join([*self.open[self.open.index(item.use) :], item.use])
                self.report.add(
                    codes.CYCLE,
                    f"shared parts use each other in a circle: {circle}",
                    at=item.place("use"),
                    help="a shared part cannot use itself",
                )
                return None
            self.open.append(item.use)
            value = self.inside(part, item, inputs, f"{name}/", f"{item.use}/", depth)
            self.open.pop()
            return value
        layer = item.layer
        if isinstance(layer, Block) and layer.of is not None:
            called = dict(zip(inputs, layer.inside, strict=False))
            self.blocks[name] = BlockUse(layer.of, scope, called)
        if isinstance(layer, Composite):
            return self.inside(layer.expand(), item, inputs, f"{name}/", f"{scope}/", depth)
        assert layer is not None
        if not self.fits(layer, len(inputs), item.span):
            return None
        if len(self.nodes) >= MAX_NODES:
            if not self.too_many:
                self.report.add(
                    codes.TOO_MANY_LAYERS,
                    f"the model has more than {MAX_NODES:,} layers",
                    at=item.span,
                )
            self.too_many = True
            return None
        trainable = item.trainable and not self.frozen
        precision = layer.computes_in(item.precision or self.precision)
        initial = self.first_values(item, scope)
        self.nodes.append(
            Node(
                name,
                layer,
                inputs,
                scope,
                item.span,
                None,
                trainable,
                precision,
                initial,
                self.iterations,
                self.remat,
            )
        )
        return name

    def inside(
        self,
        items: Sequence[Item],
        item: Item,
        inputs: tuple[str, ...],
        prefix: str,
        scope: str,
        depth: int,
    ) -> str | None:
        """Write out the list that a composite or a shared part stands for."""
        names = self.names_inside(item, inputs)
        if names is None:
            return None
        if depth >= MAX_NESTING:
            self.report.add(
                codes.CYCLE,
                f"parts are nested more than {MAX_NESTING} deep",
                at=item.span,
                help="use fewer levels of shared parts and composite layers",
            )
            return None
        outside = self.precision, self.initial
        self.precision = item.precision or self.precision
        if item.initial is not None:
            self.initial = self.of_a_list(item.initial, item, scope)
        self.frozen += not item.trainable
        value = self.list(items, names, prefix, scope, depth + 1)
        self.frozen -= not item.trainable
        self.precision, self.initial = outside
        return value

    def names_inside(self, item: Item, inputs: tuple[str, ...]) -> Names | None:
        """What the list of an item can name at its beginning."""
        layer = item.layer
        if isinstance(layer, Repeated):
            return Names(
                self.report,
                self.left_out,
                {},
                previous=inputs[0],
                span=item.span,
                others=inputs[1:],
            )
        named = (layer.inside if isinstance(layer, Composite) else ()) or ("input",)
        if len(inputs) == len(named):
            previous = inputs[0] if len(inputs) == 1 else None
            values: dict[str, str | None] = dict(zip(named, inputs, strict=True))
            return Names(self.report, self.left_out, values, previous, span=item.span)
        called = f"`{layer.called}`" if layer and layer.called != layer.kind else "a list of layers"
        wanted = "one input" if len(named) == 1 else f"{len(named)} inputs, {listing(named)}"
        self.report.add(
            codes.INPUT_COUNT,
            f"{called} takes {wanted}, not {len(inputs)}",
            at=item.span,
        )
        return None

    def first_values(self, item: Item, scope: str) -> FirstValues | None:
        """First values of a layer: its own, else those of an item around it."""
        if item.initial is not None:
            return FirstValues(item.initial)
        if self.initial is None:
            return None
        values, around = self.initial
        return FirstValues(values, scope.removeprefix(around))

    def of_a_list(self, initial: Initial, item: Item, scope: str) -> tuple[Initial, str] | None:
        """First values of all layers in a list."""
        if initial.file is not None:
            return initial, scope
        self.report.add(
            codes.UNKNOWN_WEIGHT,
            "a list of layers has no weights of its own",
            at=item.place("initial"),
            help="give `initial` to its layers, or name a file whose arrays are called "
            "`layer/weight`",
        )
        return None

    def fits(self, layer: Layer, number: int, span: Span | None) -> bool:
        least, most = layer.arity
        if number >= least and (most is None or number <= most):
            return True
        wanted = count(least, "input") if most == least else f"at least {count(least, 'input')}"
        if most is not None and most > least:
            wanted = f"{least} to {count(most, 'input')}"
        self.report.add(
            codes.INPUT_COUNT,
            f"{layer.kind} takes {wanted}, not {number}",
            at=span,
            help="name them: `from: [a, b]`"
            if number < least
            else "join the inputs with a merging layer first: `concatenate`, `add`",
        )
        return False

    def name(self, item: Item, names: Names, prefix: str) -> str:
        """The item's full name, made unique and checked."""
        # Scopes of a list would be those of the part: both would have the same weights.
        parts = self.shared if not prefix and isinstance(item.layer, Composite) else ()
        if item.name is not None:
            full = prefix + item.name
            if full in parts:
                self.report.add(
                    codes.DUPLICATE_NAME,
                    f"`{item.name}` is the name of a shared part",
                    at=item.place("name"),
                    help=f"choose another `name`, or write `use: {item.name}` for the part",
                )
            elif item.name in names.values or full in self.taken:
                self.report.add(
                    codes.DUPLICATE_NAME,
                    f"`{item.name}` is the name of something above",
                    at=item.place("name"),
                    cause=labels(self.places.get(full), "the first one"),
                    help="choose another `name`",
                )
            else:
                self.taken.add(full)
                self.places[full] = item.place("name")
                return full
        kind = item.use or (item.layer.called if item.layer else "layer")
        while True:
            number = self.counters.get(prefix + kind, 0)
            self.counters[prefix + kind] = number + 1
            full = f"{prefix}{kind}_{number}" if number else prefix + kind
            free = full not in self.taken and full not in parts
            if free and full.removeprefix(prefix) not in names.values:
                self.taken.add(full)
                return full
