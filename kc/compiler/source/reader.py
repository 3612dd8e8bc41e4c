"""YAML text to a tree with spans.

libyaml's events are read one by one into our own nodes: its composer recurses on the C stack and
crashes on deep nesting, and constructors would build objects. Every limit holds while reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
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
        before = SourceText(name, data[: error.start].decode("utf-8", "replace"))
        raise failure(
            codes.ENCODING,
            f"byte {error.start} of the file is not UTF-8",
            at=_end(before),
            help="save the file as UTF-8",
        ) from None
    source = SourceText(name, text)
    if bad := _UNPRINTABLE.search(text):
        raise failure(
            codes.ENCODING,
            f"the file holds the control character U+{ord(bad.group()):04X}",
            at=_end(SourceText(name, text[: bad.start()])),
            help="remove it",
        )
    return source


def read(source: SourceText, report: Report) -> Tree | None:
    """The tree of a text, or None with the reason in the report."""
    builder = _Builder(source, report)
    try:
        for event in _events(source):
            builder.take(event)
    except CompileError as error:
        report.diagnostics.extend(error.report)
        return None
    if builder.root is None:
        report.add(
            codes.EMPTY_FILE,
            "the file holds no spec",
            at=_start(source),
            help="`kc init` writes one to start from",
        )
    return builder.root


def _events(source: SourceText) -> Iterator[Event]:
    try:
        yield from yaml.parse(source.text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = (
            Span(source, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
            if mark
            else _start(source)
        )
        problem = error.problem or "the text is not YAML"
        message = f"{error.context}: {problem}" if error.context else problem
        raise failure(codes.YAML_SYNTAX, message, at=span, help=_syntax_help(span)) from None
    except yaml.YAMLError as error:
        raise failure(codes.YAML_SYNTAX, str(error), at=_start(source)) from None


def _syntax_help(span: Span) -> str:
    line = span.source.line(span.line)
    if "${" in line:
        return "write `$name`, without braces"
    if "\t" in line:
        return "indent with spaces, YAML does not allow tabs"
    return "check indentation, colons, brackets and quotes here and just above"


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    event: CollectionStartEvent
    items: list[Tree] = field(default_factory=list[Tree])
    keys: list[Key] = field(default_factory=list[Key])
    seen: set[str] = field(default_factory=set[str])
    pending: Key | None = None
    weight: int = 1
    """Values inside, aliases counted with all that they repeat."""

    @property
    def is_map(self) -> bool:
        return isinstance(self.event, MappingStartEvent)


@dataclass(slots=True)
class _Builder:
    """Stack machine that turns events into nodes."""

    source: SourceText
    report: Report
    root: Tree | None = None
    stack: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, tuple[Tree, int]] = field(default_factory=dict[str, tuple[Tree, int]])
    documents: int = 0
    nodes: int = 0

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
        node, weight = found
        self._count(weight, event)
        self._place(node, weight, event)

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
            value = 0
            self.report.add(codes.NUMBER_SIZE, str(error), at=self._span(event))
        node = ScalarNode(value, self._span(event), quoted)
        self._remember(event, node, 1)
        self._place(node, 1, event)

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
            self.anchors[event.anchor] = (ScalarNode(text, span, quoted=True), 1)
        top.pending = Key(text, span)

    def _open(self, event: CollectionStartEvent) -> None:
        self._count(1, event)
        if self._awaits_key():
            raise failure(codes.KEY_KIND, "a list or map cannot be a key", at=self._span(event))
        if len(self.stack) >= limits.DEPTH:
            raise failure(
                codes.TOO_DEEP,
                f"the file is nested more than {limits.DEPTH} levels deep",
                at=self._span(event),
            )
        self.anchors.pop(event.anchor, None)
        self.stack.append(_Open(event))

    def _close(self, event: Event) -> None:
        done = self.stack.pop()
        span = self._span(done.event, event)
        if done.is_map:
            node: Tree = MapNode(tuple(zip(done.keys, done.items, strict=True)), span)
        else:
            node = ListNode(tuple(done.items), span)
        self._remember(done.event, node, done.weight)
        self._place(node, done.weight, done.event)

    def _place(self, node: Tree, weight: int, event: Event) -> None:
        """Put a finished node where it belongs."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if self._awaits_key():
            raise failure(codes.KEY_KIND, "an alias cannot be a key", at=self._span(event))
        top.weight += weight
        if top.pending is not None:
            key, top.pending = top.pending, None
            if key.text in top.seen:
                self._duplicate(top, key)
                return
            top.seen.add(key.text)
            top.keys.append(key)
        top.items.append(node)

    def _duplicate(self, top: _Open, key: Key) -> None:
        first = next(k for k in top.keys if k.text == key.text)
        self.report.add(
            codes.DUPLICATE_KEY,
            f"the key `{key.text}` stands twice in this map",
            at=key.span,
            label=f"first on line {first.span.line}",
            help="remove one of them",
        )

    def _awaits_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].is_map and self.stack[-1].pending is None

    def _remember(self, event: NodeEvent, node: Tree, weight: int) -> None:
        if event.anchor:
            self.anchors[event.anchor] = (node, weight)

    def _count(self, weight: int, event: Event) -> None:
        self.nodes += weight
        if self.nodes > limits.NODES:
            raise failure(
                codes.TOO_MANY_NODES,
                f"the file holds more than {limits.NODES:,} values, aliases counted as often as "
                "they are used",
                at=self._span(event),
            )

    def _check_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            raise failure(
                codes.TAG,
                f"the tag `{event.tag}` is not allowed",
                at=self._span(event),
                help="remove it: a spec is plain data",
            )

    def _span(self, event: Event, end: Event | None = None) -> Span:
        start, stop = event.start_mark, (end or event).end_mark
        return Span(self.source, start.line + 1, start.column + 1, stop.line + 1, stop.column + 1)


def _start(source: SourceText) -> Span:
    return Span(source, 1, 1, 1, 1)


def _end(source: SourceText) -> Span:
    """The place just after a text, in the source that has this text as its beginning."""
    line = source.text.count("\n") + 1
    column = len(source.text) - (source.text.rfind("\n") + 1) + 1
    return Span(source, line, column, line, column + 1)
