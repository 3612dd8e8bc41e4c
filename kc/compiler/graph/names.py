"""Names inside of a list of layers: what ``from`` may mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.span import Span
from kc.core.text import did_you_mean, listing
from kc.library.layer import Item, Layer

_LONGEST_CIRCLE = 32
"""Items of a circle that is shown as one; longer ones help nobody, and take time to find."""


@dataclass(slots=True)
class Names:
    """What ``from`` can name in a list, and what the next item takes; the rest is reported."""

    report: Report
    left_out: Callable[[], Mapping[str, Span]]
    """Names of items that conditions leave out. They are looked for when one is missing."""
    values: dict[str, str | None]
    """Value of each name; None where the item itself could not be built."""
    previous: str | None = None
    failed: bool = False
    """Whether the item before could not be built."""
    span: Span | None = None
    """Place of the item that the list is written out for."""
    several: dict[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Items with several outputs, and the names of those; one has to be chosen."""
    last: str = ""
    """Name of the item before."""
    others: Sequence[str] | None = None
    """In a list of repetitions, what each of them takes beside the one before it."""
    positions: Mapping[str, int] = field(default_factory=dict[str, int])
    """Where the named items of the list stand; looked for when a name is missing."""

    def add_parts(self, layer: Layer | None, value: str | None) -> None:
        """Make the outputs of an item with several known by their self."""
        found = layer.parts() if layer else ()
        if not found:
            return
        self.several[self.last] = [f"{self.last}.{part}" for part in found]
        for position, part in enumerate(found):
            made = f"{value}.{part}" if position and value is not None else value
            self.values[f"{self.last}.{part}"] = made

    def chosen(self, name: str, at: Span | None) -> bool:
        """Whether a name means one value; an item with several outputs does not."""
        if name not in self.several:
            return True
        self.report.add(
            codes.SEVERAL_OUTPUTS,
            f"`{name}` has several outputs",
            at=at,
            help=f"say which: `from: {self.several[name][0]}`; there is "
            f"{listing(self.several[name])}",
        )
        return False

    def inputs(self, item: Item, items: Sequence[Item], position: int) -> tuple[str, ...] | None:
        """The values that an item takes; None when one of them is missing or was not built."""
        if item.inputs is None:
            if self.previous is not None:
                chosen = self.chosen(self.last, item.span)
                return (self.previous,) if chosen else None
            if not self.failed:
                self.report.add(
                    codes.UNKNOWN_INPUT,
                    "the first item has to say which input it takes",
                    at=item.span,
                    help=f"add `from:` with one of {listing(self.values)}",
                )
            return None
        values: list[str | None] = []
        for index, name in enumerate(item.inputs):
            meant = self.last if name == "previous" else name
            if not self.chosen(meant, item.place("from", index)):
                values.append(None)
            elif name == "previous" and self.previous is not None:
                values.append(self.previous)
            elif name in self.values:
                values.append(self.values[name])
            else:
                self.unknown(name, index, items, position)
                values.append(None)
        return None if None in values else tuple(value for value in values if value is not None)

    def unknown(self, name: str, index: int, items: Sequence[Item], position: int) -> None:
        at = items[position].place("from", index)
        if not self.positions:
            self.positions = {item.name: i for i, item in enumerate(items) if item.name}
        later = items[self.positions[name]] if self.positions.get(name, -1) >= position else None
        if later is None and self.absent(codes.UNKNOWN_INPUT, name, at):
            return
        if later is None:
            self.report.add(
                codes.UNKNOWN_INPUT,
                f"nothing above is called `{name}`",
                at=at,
                help=did_you_mean(name, self.values),
            )
        elif circle := _circle(items, position, name, self.positions):
            self.report.add(
                codes.CYCLE,
                f"items wait for each other: {' -> '.join(circle)}",
                at=at,
                cause=labels(later.place("name"), f"`{name}` stands here"),
                help="an item can only take what stands above it",
            )
        else:
            self.report.add(
                codes.UNKNOWN_INPUT,
                f"`{name}` stands below",
                at=at,
                cause=labels(later.place("name"), f"`{name}` stands here"),
                help=f"move `{name}` above this item",
            )

    def absent(self, code: codes.Code, name: str, at: Span | None) -> bool:
        """Whether a name is that of an item which its condition leaves out; that is reported."""
        condition = self.left_out().get(name)
        if condition is not None:
            self.report.add(
                code,
                f"`{name}` is left out by its `when`",
                at=at,
                cause=Label(condition, "this does not hold"),
                help="put the same `when` beside what takes it, or take something else",
            )
        return condition is not None


def labels(place: Span | None, text: str) -> Sequence[Label]:
    """A label at a place, where that is known."""
    return [Label(place, text)] if place else []


def _circle(
    items: Sequence[Item], position: int, name: str, positions: Mapping[str, int]
) -> list[str] | None:
    """The circle that a reference from an item to a later one closes, if it does."""
    layer = items[position].layer
    start = items[position].name or (layer.kind if layer else "?")
    trail = [name]
    while trail[-1] in positions and len(trail) <= _LONGEST_CIRCLE:
        here = positions[trail[-1]]
        if here == position:
            return [start, *trail]
        takes = items[here].inputs
        if takes is None:
            # The item before it, which may be the one that asked.
            if here - 1 == position:
                return [start, *trail, start]
            before = items[here - 1].name if here else None
            takes = (before,) if before else ()
        following = [t for t in takes if t in positions]
        if not following:
            return None
        trail.append(following[0])
    return None
