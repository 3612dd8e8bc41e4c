import ast
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kc
from kc.compiler.source import limits
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree
from tests.specs import findings_of_bytes, ids, reading, text_at, tree_of, value_of
from tests.strategies import yaml_like


def scalars(node: Tree):
    match node:
        case ScalarNode():
            yield node
        case ListNode(items=items):
            for item in items:
                yield from scalars(item)
        case MapNode(entries=entries):
            for _, value in entries:
                yield from scalars(value)


# what is read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: {b: [1, x]}", {"a": {"b": (1, "x")}}, id="flow"),
        pytest.param("a:\n  - 1\n  - b: 2\n", {"a": (1, {"b": 2})}, id="block"),
        pytest.param("a: $width\nb: {c: 4*$w}", {"a": "$width", "b": {"c": "4*$w"}}, id="names"),
        pytest.param("a:", {"a": None}, id="empty value"),
        pytest.param("{}", {}, id="empty map"),
        pytest.param("1: a\ntrue: b\nnull: c", {"1": "a", "true": "b", "null": "c"},
                     id="keys are words"),
        pytest.param("a: &x [1]\nb: *x", {"a": (1,), "b": (1,)}, id="alias"),
        pytest.param("&k a: 1\nb: *k", {"a": 1, "b": "a"}, id="alias of a key"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}, id="anchor anew"),
        pytest.param("---\na: 1\n...\n", {"a": 1}, id="document marks"),
        pytest.param("%YAML 1.2\n---\na: 1", {"a": 1}, id="version"),
        pytest.param("a: '<<'", {"a": "<<"}, id="merge sign as a value"),
        pytest.param("'<<': 1", {"<<": 1}, id="quoted merge sign"),
        pytest.param("? a\n: 1", {"a": 1}, id="explicit key"),
        pytest.param("a: 'it''s # no comment' # one", {"a": "it's # no comment"}, id="quotes"),
        pytest.param("\ufeffa: 1", {"a": 1}, id="byte order mark"),
        pytest.param("a: é😀", {"a": "é😀"}, id="beyond ASCII"),
    ],
)  # fmt: skip
def test_text_becomes_values(text, value):
    from kc.compiler.source.reader import decode, read
    from kc.core.diagnostic import Report
    from kc.core.tree import plain

    report = Report()
    tree = read(decode("spec.yaml", text.encode()), report)
    assert list(report) == []
    assert plain(tree) == value


# spans


@pytest.mark.parametrize(
    "text",
    [
        "model: {units: 64, name: relu}\n",
        "é😀: [1, 22, 'three', \"four\"]\nb: 5\n",
        "a:\n  - x\n  - b: 12:30\n    c: 'q'\n",
        "a: x\u2028b: y\n",
        "a: 1\r\nb: 22\r\n",
        "a: 1\rb: 22\r",
    ],
)
def test_a_span_covers_the_text_of_its_value(text):
    found = list(scalars(tree_of(text)))
    assert found
    for node in found:
        written = text_at(node.span)
        assert written.strip("'\"") == str(node.value)


def test_a_key_has_a_span():
    tree = tree_of("a: 1\nlong_key: {inner: 2}\n")
    assert [text_at(key.span) for key, _ in tree.entries] == ["a", "long_key"]
    assert [text_at(key.span) for key, _ in tree.get("long_key").entries] == ["inner"]


def test_a_flow_map_has_a_span():
    assert text_at(tree_of("a: {b: [1, 2]}").get("a").span) == "{b: [1, 2]}"


def test_an_alias_has_the_place_of_what_it_repeats():
    tree = tree_of("a: &x 17\nb: *x")
    assert tree.get("b").span.line == 1


def test_quoted_values_are_told_apart():
    tree = tree_of("[1, '1']")
    assert [item.quoted for item in tree.items] == [False, True]


# what is refused


@pytest.mark.parametrize(
    ("text", "code", "message", "place"),
    [
        pytest.param("a: 1\na: 2", "KC003", "the key `a` stands twice in this map", "2:1",
                     id="duplicate key"),
        pytest.param("{a: 1, 'a': 2}", "KC003", "the key `a` stands twice in this map", "1:8",
                     id="duplicate quoted key"),
        pytest.param("a: !!python/object/apply:os.getpid []", "KC004",
                     "the tag `!!python/object/apply:os.getpid` is not allowed",
                     "1:4", id="tag of Python"),
        pytest.param("a: !thing 1", "KC004", "the tag `!thing` is not allowed", "1:4", id="tag"),
        pytest.param("a: !!str 1", "KC004", "the tag `!!str` is not allowed",
                     "1:4", id="harmless tag"),
        pytest.param("!!map {a: 1}", "KC004", "the tag `!!map` is not allowed",
                     "1:1", id="tag of a map"),
        pytest.param("!!str a: 1", "KC004", "the tag `!!str` is not allowed",
                     "1:1", id="tag of a key"),
        pytest.param("! a", "KC004", "the tag `!` is not allowed", "1:1", id="bare tag"),
        pytest.param("%TAG ! tag:yaml.org,2002:python/\n---\na: !name:os.system x", "KC004",
                     "the tag `!name:os.system` is not allowed", "3:4",
                     id="tag by a handle"),
        pytest.param("a: 1\n---\nb: 2", "KC005", "a second document begins here", "2:1",
                     id="two documents"),
        pytest.param("a: &x {b: 1}\nc: {<<: *x}", "KC006", "merge keys are not part of YAML 1.2",
                     "2:5", id="merge key"),
        pytest.param("a: *x", "KC007", "`*x` names no value that is complete above", "1:4",
                     id="unknown alias"),
        pytest.param("a: &x [*x]", "KC007", "`*x` names no value that is complete above", "1:8",
                     id="cyclic alias"),
        pytest.param("a: &x 1\nb: &x [*x]", "KC007", "`*x` names no value that is complete above",
                     "2:8", id="cyclic alias of a name used before"),
        pytest.param("[a, b]: 1", "KC008", "a list or map cannot be a key", "1:1", id="list key"),
        pytest.param("? {a: 1}\n: 2", "KC008", "a list or map cannot be a key", "1:3",
                     id="map key"),
        pytest.param("a: &x b\n*x : 1", "KC008", "an alias cannot be a key", "2:1", id="alias key"),
        pytest.param("", "KC009", "the file holds no spec", "1:1", id="empty"),
        pytest.param("# only a comment\n", "KC009", "the file holds no spec", "1:1", id="comment"),
    ],
)  # fmt: skip
def test_yaml_beyond_plain_data_is_refused(text, code, message, place):
    (finding,) = reading(text)
    assert (finding.code.id, finding.message) == (code, message)
    assert str(finding.span) == f"spec.yaml:{place}"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("a: {b: ${x}}", "write `$name`, without braces"),
        ("a:\n\tb: 1", "indent with spaces, YAML does not allow tabs"),
        ("a: {b: 1", "close the bracket, or put a comma"),
        ("a: 'b", "check indentation, colons, brackets and quotes here and just above"),
        ("a: b: c", "check indentation, colons, brackets and quotes here and just above"),
        ("%YAML 3.0\n---\na: 1", None),
        ("@a", None),
        ("a: %b", None),
    ],
)
def test_text_that_is_no_yaml_gets_help(text, help):
    (finding,) = reading(text)
    assert finding.code.id == "KC001"
    assert help is None or finding.help == help


def test_a_duplicate_key_shows_the_first_one():
    (finding,) = reading("a: 1\nb: 2\na: 3")
    first, second = [label.span for label in finding.labels]
    assert (first.line, second.line) == (3, 1)
    assert finding.help == "remove one of them"


def test_a_tag_is_refused_before_anything_below_it():
    assert ids(reading("!!python/object/new:os.system [!!python/name:os.x ]")) == ["KC004"]


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        pytest.param(b"a: caf\xe9", "byte 6 of the file is not UTF-8", "1:7", id="Latin-1"),
        pytest.param("a: é\nb: ü".encode("latin-1"), "byte 3 of the file is not UTF-8", "1:4",
                     id="Latin-1 further up"),
        pytest.param("a: 1".encode("utf-16"), "byte 0 of the file is not UTF-8", "1:1",
                     id="UTF-16"),
        pytest.param("a: 1".encode("utf-16-le"), "the file holds the control character U+0000",
                     "1:2", id="UTF-16 without mark"),
        pytest.param("a: 1".encode("utf-32"), "byte 0 of the file is not UTF-8", "1:1",
                     id="UTF-32"),
        pytest.param(b"a: 1\nb: \x00", "the file holds the control character U+0000", "2:4",
                     id="NUL"),
        pytest.param(b"a: \x1b[31m", "the file holds the control character U+001B", "1:4",
                     id="escape"),
        pytest.param(b"a: \x7f", "the file holds the control character U+007F", "1:4", id="DEL"),
        pytest.param("a: \x9b".encode(), "the file holds the control character U+009B", "1:4",
                     id="C1"),
        pytest.param("a: \uffff".encode(), "the file holds the control character U+FFFF", "1:4",
                     id="no character"),
        pytest.param("a: \ud800".encode("utf-8", "surrogatepass"),
                     "byte 3 of the file is not UTF-8", "1:4", id="surrogate"),
        pytest.param("a: 1\u2028b: \x00".encode(), "the file holds the control character U+0000",
                     "2:4", id="after a line separator"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused(data, message, place):
    (finding,) = findings_of_bytes(data)
    assert (finding.code.id, finding.message) == ("KC002", message)
    assert str(finding.span) == f"spec.yaml:{place}"


@pytest.mark.parametrize("escape", [r"\ud800", r"\x00", r"\x1b", r"\u202e", r"\uffff"])
def test_escaped_characters_end_in_a_value_or_a_report(escape):
    assert ids(reading(f'a: "{escape}"')) in ([], ["KC001"], ["KC002"])


# limits


def lists(depth: int) -> str:
    return "[" * depth + "]" * depth


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("at_limit", "beyond", "code"),
    [
        pytest.param("#" + "a" * (limits.FILE_BYTES - 6) + "\na: 1",
                     "#" + "a" * (limits.FILE_BYTES - 5) + "\na: 1", "KC010", id="bytes"),
        pytest.param(f"[{','.join(['1'] * (limits.NODES - 1))}]",
                     f"[{','.join(['1'] * limits.NODES)}]", "KC011", id="values"),
        pytest.param(lists(limits.DEPTH), lists(limits.DEPTH + 1), "KC012", id="depth"),
        pytest.param(f"a: {'b' * limits.VALUE_CHARACTERS}",
                     f"a: {'b' * (limits.VALUE_CHARACTERS + 1)}", "KC013", id="value"),
        pytest.param(f"{'k' * limits.KEY_CHARACTERS}: 1",
                     f"{'k' * (limits.KEY_CHARACTERS + 1)}: 1", "KC013", id="key"),
    ],
)  # fmt: skip
def test_limits_hold_exactly(at_limit, beyond, code):
    assert ids(reading(at_limit)) == []
    assert ids(reading(beyond)) == [code]


def test_aliases_count_with_all_that_they_repeat():
    # A list of 10 weighs 11; each level is 1 + 10 of the one before, and every level is written.
    assert ids(reading(bomb(4))) == []
    assert ids(reading(bomb(9))) == ["KC011"]
    single = f"a: &a [{','.join(['1'] * 9_999)}]\nb: ["
    assert ids(reading(single + ",".join(["*a"] * 8) + "]")) == []
    assert ids(reading(single + ",".join(["*a"] * 9) + "]")) == ["KC011"]


def test_depth_counts_through_aliases():
    """Otherwise a few short lines make a tree of thousands of levels, which crashes its readers."""
    deep = f"a: &a {lists(limits.DEPTH - 3)}\nb: "
    assert ids(reading(deep + "[[*a]]")) == []
    assert ids(reading(deep + "[[[*a]]]")) == ["KC012"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 30_000, id="lists"),
        pytest.param("{a: " * 30_000, id="maps"),
        pytest.param("- " * 50_000, id="dashes"),
        pytest.param("? " * 50_000, id="question marks"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="closed lists"),
        pytest.param(bomb(40), id="alias bomb"),
        pytest.param("a: &a " + "9" * 60_000, id="digits"),
        pytest.param("\n".join(f"k{i}: 1" for i in range(50_000)), id="keys"),
        pytest.param("\n".join(["k: 1"] * 50_000), id="equal keys"),
        pytest.param("\n".join(f"k{i % 25_000}: 1" for i in range(50_000)), id="keys twice"),
        pytest.param("&a " * 10_000, id="anchors"),
        pytest.param("a: '" + "\n" * 500_000, id="open quote"),
    ],
)
def test_hostile_text_ends_at_once(text):
    begin = time.monotonic()
    reading(text)
    assert time.monotonic() - begin < 5


# laws


@given(st.text(max_size=200))
def test_any_text_ends_in_a_tree_or_a_report(text):
    reading(text)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_tree_or_a_report(data):
    findings_of_bytes(data)


@given(yaml_like())
def test_any_yaml_ends_in_a_tree_or_a_report(text):
    for finding in reading(text):
        span = finding.span
        assert span is not None
        assert 1 <= span.line <= text.count("\n") + 2
        assert span.column >= 1


def test_no_constructor_or_composer_of_yaml_is_used():
    """They build objects, or crash on deep nesting: only events may be read."""
    allowed = {"parse", "CSafeLoader", "SafeLoader", "MarkedYAMLError", "YAMLError", "events"}
    for path in Path(kc.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "yaml"
            ):
                assert node.attr in allowed or "dump" in node.attr.lower(), (path, node.attr)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yaml"):
                known = node.module in {"yaml.events", "yaml.error"}
                assert known or _writes(node), (path, node.module)


def _writes(node: ast.ImportFrom) -> bool:
    return all("Dumper" in name.name or "Node" in name.name for name in node.names)


def test_text_equal_after_reading_twice():
    text = "a: {b: [1, x]}\nc: 'd'\n"
    assert value_of(text) == value_of(text)
