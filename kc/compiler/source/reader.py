"""YAML text to a tree with spans.

libyaml's events are read one by one into our own nodes: its composer recurses on the C stack and
crashes on deep nesting, and constructors would build objects. Every limit holds while reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from kc.compiler.source import limits
from kc.compiler.source.scalars import NumberSizeError, resolve
from kc.compiler.source.syntax import syntax_error
from kc.core import codes
from kc.core.diagnostic import CompileError, Label, Report, failure
from kc.core.span import SourceText, Span
from kc.core.tree import Key, ListNode, MapNode, ScalarNode, Tree

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def decode(name: str, data: bytes) -> SourceText:
    """Bytes of a file as text.

    Raises:
        CompileError: when they are too many, not UTF-8, or hold control characters.
    """
    if len(data) > limits.FILE_BYTES:
        raise failure(
            codes.TOO_LARGE,
            f"the file has more than {limits.FILE_BYTES:,} bytes",
            at=_start(SourceText(name, "")),
            help="keep data in files of its own, and name them in `data.source`",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = SourceText(name, data[: error.start].decode("utf-8-sig", "replace"))
        raise failure(
            codes.ENCODING,
            f"byte {error.start} of the file is not UTF-8",
            at=_character(before, len(before.text)),
            help="save the file as UTF-8",
        ) from None
    source = SourceText(name, text)
    if bad := _UNPRINTABLE.search(text):
        raise failure(
            codes.ENCODING,
            f"the file holds the control character U+{ord(bad.group()):04X}",
            at=_character(source, bad.start()),
            help="remove it",
        )
    return source


def read(source: SourceText, report: Report, part: str | None = None) -> Tree | None:
    """The tree of a text, or None with the reason in the report.

    ``part`` is what is read where that is not the whole text; places count as if it were.
    """
    builder = _Builder(source, report)
    try:
        for event in events(source, source.text if part is None else part):
            builder.take(event)
    except CompileError as error:
        report.absorb(error.report)
        return None
    if builder.root is None:
        report.add(
            codes.EMPTY_FILE,
            "the file holds no spec",
            at=_start(source),
            help="`kc init` writes one to start from",
        )
    return builder.root


def events(source: SourceText, text: str) -> Iterator[Event]:
    """The events of a text, or of a part of it.

    Raises:
        CompileError: when it is not YAML.
    """
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise syntax_error(source, error) from None
    except yaml.YAMLError as error:
        raise failure(codes.YAML_SYNTAX, str(error), at=_start(source)) from None


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    event: CollectionStartEvent
    items: list[Tree] = field(default_factory=list[Tree])
    keys: list[Key] = field(default_factory=list[Key])
    seen: dict[str, Key] = field(default_factory=dict[str, Key])
    pending: Key | None = None
    weight: int = 1
    """Values inside, aliases counted with all that they repeat."""
    height: int = 1
    """Levels inside, itself included; those of aliases too."""

    @property
    def is_map(self) -> bool:
        return isinstance(self.event, MappingStartEvent)


class _Done(NamedTuple):
    """A finished value with its weight and height."""

    node: Tree
    weight: int = 1
    height: int = 0


@dataclass(slots=True)
class _Builder:
    """Stack machine that turns events into nodes."""

    source: SourceText
    report: Report
    root: Tree | None = None
    stack: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, _Done] = field(default_factory=dict[str, _Done])
    documents: int = 0
    nodes: int = 0
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.source.text)

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self._start_document(event)
            case AliasEvent():
                self._alias(event)
            case ScalarEvent():
                self._check_tag(event)
                self._scalar(event)
            case CollectionStartEvent():
                self._check_tag(event)
                self._open(event)
            case CollectionEndEvent():
                self._close(event)
            case _:
                pass

    def _start_document(self, event: Event) -> None:
        self.documents += 1
        if self.documents > 1:
            raise failure(
                codes.SEVERAL_DOCUMENTS,
                "a second document begins here",
                at=self._span(event),
                help="put it into a file of its own",
            )

    def _alias(self, event: AliasEvent) -> None:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise failure(
                codes.ALIAS,
                f"`*{event.anchor}` names no value that is complete above",
                at=self._span(event),
                help=f"define `&{event.anchor}` above, and not around, this place",
            )
        self._count(found.weight, event)
        self._check_depth(found.height, event)
        self._place(found, event)

    def _scalar(self, event: ScalarEvent) -> None:
        self._count(1, event)
        if self._awaits_key():
            self._key(event)
            return
        if len(event.value) > limits.VALUE_CHARACTERS:
            raise failure(
                codes.TOO_LONG,
                f"the value has {len(event.value):,} characters, the limit is "
                f"{limits.VALUE_CHARACTERS:,}",
                at=self._span(event),
            )
        quoted = not event.implicit[0]
        try:
            value = event.value if quoted else resolve(event.value)
        except NumberSizeError as error:
            value = 1
            self.report.add(codes.NUMBER_SIZE, str(error), at=self._span(event))
        done = _Done(ScalarNode(value, self._span(event), quoted))
        self._remember(event, done)
        self._place(done, event)

    def _key(self, event: ScalarEvent) -> None:
        span, text, top = self._span(event), event.value, self.stack[-1]
        if len(text) > limits.KEY_CHARACTERS:
            raise failure(
                codes.TOO_LONG,
                f"the key has {len(text):,} characters, the limit is {limits.KEY_CHARACTERS}",
                at=span,
            )
        if text == "<<" and event.implicit[0]:
            raise failure(
                codes.MERGE_KEY,
                "merge keys are not part of YAML 1.2",
                at=span,
                help="name the shared value in `vars` and refer to it with `$name`",
            )
        if event.anchor:
            self.anchors[event.anchor] = _Done(ScalarNode(text, span, quoted=True))
        top.pending = Key(text, span)

    def _open(self, event: CollectionStartEvent) -> None:
        self._count(1, event)
        if self._awaits_key():
            raise failure(codes.KEY_KIND, "a list or map cannot be a key", at=self._span(event),
                          help="write a word before the colon")  # fmt: skip
        self._check_depth(1, event)
        self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(event))

    def _close(self, event: Event) -> None:
        top = self.stack.pop()
        span = self._span(top.event, event)
        if top.is_map:
            node: Tree = MapNode(tuple(zip(top.keys, top.items, strict=True)), span)
        else:
            node = ListNode(tuple(top.items), span)
        done = _Done(node, top.weight, top.height)
        self._remember(top.event, done)
        self._place(done, top.event)

    def _place(self, done: _Done, event: Event) -> None:
        """Put a finished value where it belongs."""
        if not self.stack:
            self.root = done.node
            return
        top = self.stack[-1]
        if self._awaits_key():
            raise failure(codes.KEY_KIND, "an alias cannot be a key", at=self._span(event))
        top.weight += done.weight
        top.height = max(top.height, done.height + 1)
        if top.pending is not None:
            key, top.pending = top.pending, None
            if key.text in top.seen:
                self._duplicate(top.seen[key.text], key)
                return
            top.seen[key.text] = key
            top.keys.append(key)
        top.items.append(done.node)

    def _duplicate(self, first: Key, key: Key) -> None:
        self.report.add(
            codes.DUPLICATE_KEY,
            f"the key `{key.text}` stands twice in this map",
            at=key.span,
            cause=Label(first.span, "the first one"),
            help="remove one of them",
        )

    def _awaits_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].is_map and self.stack[-1].pending is None

    def _remember(self, event: NodeEvent, done: _Done) -> None:
        if event.anchor:
            self.anchors[event.anchor] = done

    def _check_depth(self, levels: int, event: Event) -> None:
        if len(self.stack) + levels > limits.DEPTH:
            raise failure(
                codes.TOO_DEEP,
                f"the file is nested more than {limits.DEPTH} levels deep",
                at=self._span(event),
                help="put the inner part into `vars` or `model.shared`, and name it here",
            )

    def _count(self, weight: int, event: Event) -> None:
        self.nodes += weight
        if self.nodes > limits.NODES:
            raise failure(
                codes.TOO_MANY_NODES,
                f"the file holds more than {limits.NODES:,} values, aliases counted as often as "
                "they are used",
                at=self._span(event),
                help="use fewer aliases; data belong in files of their own",
            )

    def _check_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            span = self._span(event)
            line, column = span.line, span.column
            # As written, `!!name`, and after an anchor that may stand before it.
            rest = self.source.line(line)[column - 1 :]
            tag = next((word for word in rest.split() if word.startswith("!")), event.tag)
            column += max(0, rest.find(tag))
            raise failure(
                codes.TAG,
                f"the tag `{tag}` is not allowed",
                at=Span(self.source, line, column, line, column + len(tag)),
                help="remove it: a spec is plain data",
            )

    def _span(self, event: Event, end: Event | None = None) -> Span:
        start, stop = event.start_mark, (end or event).end_mark
        last = stop.line + 1, stop.column + 1
        if stop.index >= self.length:
            # libyaml reads on in a line that is not there.
            last = self.source.position(self.length)
        return Span(self.source, start.line + 1, start.column + 1, *last)


def _start(source: SourceText) -> Span:
    return Span(source, 1, 1, 1, 1)


def _character(source: SourceText, offset: int) -> Span:
    line, column = source.position(offset)
    return Span(source, line, column, line, column + 1)
