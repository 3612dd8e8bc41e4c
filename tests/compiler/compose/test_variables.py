import time

import pytest

from kc.compiler.source import limits
from tests.specs import checking, composing, ids, text_at, tree_of, value_of

MODEL = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [%s]}\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("vars: {w: 64}\na: $w", {"a": 64}, id="a number"),
        pytest.param("vars: {w: 0.5}\na: {b: [$w, 1]}", {"a": {"b": (0.5, 1)}}, id="inside"),
        pytest.param("vars: {w: relu}\na: $w", {"a": "relu"}, id="a word"),
        pytest.param("vars: {w: true}\na: $w", {"a": True}, id="a truth value"),
        pytest.param("vars: {w: null}\na: $w", {"a": None}, id="nothing"),
        pytest.param("vars: {w: [1, {b: 2}]}\na: $w", {"a": (1, {"b": 2})}, id="a list"),
        pytest.param("vars: {w: {b: 2}}\na: $w", {"a": {"b": 2}}, id="a map"),
        pytest.param("vars: {w: 64}\na: 4*$w", {"a": 256}, id="arithmetic"),
        pytest.param("vars: {w: 64, h: 3}\na: $w // $h", {"a": 21}, id="two names"),
        pytest.param("vars: {a: $b, b: 2 * $c, c: 3}\nd: $a", {"d": 6}, id="nested"),
        pytest.param("vars: {a: [$b, $b], b: 1}\nd: $a", {"d": (1, 1)}, id="nested in a list"),
        pytest.param("vars: {w: 64}\na: '$w'", {"a": 64}, id="quoted"),
        pytest.param("vars: {w: 64}\na: $w\nb: $$w", {"a": 64, "b": "$w"}, id="a dollar"),
        pytest.param("a: costs $$5", {"a": "costs $5"}, id="a dollar in text"),
        pytest.param("vars: {w: 1}\n$w: $w", {"$w": 1}, id="keys stay"),
        pytest.param("vars: {w_2: 1}\na: $w_2", {"a": 1}, id="digits in names"),
    ],
)
def test_names_become_their_values(text, value):
    assert value_of(text) == value


def test_a_spec_without_vars_is_left_alone():
    assert value_of("a: 1\nb: x") == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    ("text", "code", "message", "place", "help"),
    [
        pytest.param("vars: {width: 1}\na: $widht\nb: $width", "KC201",
                     "nothing is called `$widht`", "2:4", "did you mean `$width`?", id="misspelt"),
        pytest.param("vars: {width: 1}\na: $width\nb: $q", "KC201", "nothing is called `$q`",
                     "3:4", "`vars` has `$width`", id="unknown"),
        pytest.param("a: $w", "KC201", "nothing is called `$w`", "1:4",
                     "define it in `vars`; `$$` writes a dollar sign", id="no vars"),
        pytest.param("a: 2 * $w", "KC201", "nothing is called `$w`", "1:8",
                     "define it in `vars`; `$$` writes a dollar sign", id="inside arithmetic"),
        pytest.param("a: costs $5", "KC202",
                     "`costs $5` is not part of the language of expressions", "1:4",
                     "`$$` writes a dollar sign; inside `{}` a comma ends a value unless it is "
                     "quoted", id="no expression"),
        pytest.param("vars: {w: 1}\na: $w / 0", "KC205", "division by zero", "2:4", None,
                     id="no value"),
        pytest.param("vars: {w: 9}\na: $w**9**9", "KC203",
                     "a power in the expression is too large", "2:4", None, id="a tower"),
        pytest.param("vars: {w: [1]}\na: 2 * $w", "KC205", "`$w` is not a number", "2:4", None,
                     id="arithmetic with a list"),
        pytest.param("vars: {w: relu}\na: 2 * $w", "KC205", "`$w` is not a number", "2:4", None,
                     id="arithmetic with a word"),
    ],
)  # fmt: skip
def test_a_name_without_value_is_reported(text, code, message, place, help):
    (finding,) = composing(text)
    assert (finding.code.id, finding.message) == (code, message)
    assert str(finding.span) == f"spec.yaml:{place}"
    if finding.code.id != "KC205":
        assert finding.help == help


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("vars: {a: $b, b: $a}\nc: $a", "a -> b -> a"),
        ("vars: {a: $a}\nc: $a", "a -> a"),
        ("vars: {a: 1 + $b, b: 2 * $a}\nc: $a", "a -> b -> a"),
        ("vars: {z: $a, a: $b, b: $a}\nc: $z", "a -> b -> a"),
    ],
)
def test_a_circle_is_reported_once(text, circle):
    (finding,) = composing(text)
    assert finding.code.id == "KC204"
    assert finding.message == f"variables refer to each other in a circle: {circle}"


def test_an_unused_variable_is_a_warning():
    (finding,) = composing("vars: {w: 1, unused: 2}\na: $w")
    assert (finding.code.id, finding.severity) == ("KC805", "warning")
    assert text_at(finding.span) == "unused"


def test_mistakes_in_unused_variables_are_found_too():
    assert ids(composing("vars: {w: $q}\na: 1")) == ["KC805", "KC201"]


def test_a_scalar_has_the_place_where_it_is_used():
    tree = tree_of("vars: {w: 64}\na: $w")
    assert tree.get("a").span.line == 2


def test_a_list_keeps_the_places_of_its_parts():
    tree = tree_of("vars: {w: [64]}\na: $w")
    assert tree.get("a").items[0].span.line == 1


@pytest.mark.parametrize(
    "layer",
    [
        "{dense: {units: 3, activation: $act}}",
        "{dense: {units: $n}}",
        "$layer",
        "{dense: {units: 3, use_bias: 1 + $b}}",
    ],
)
def test_a_name_without_value_is_the_only_finding_about_its_place(layer):
    assert ids(checking(MODEL % layer)) == ["KC201"]


def test_a_variable_without_value_is_reported_once():
    text = "vars: {w: 1 +}\n" + MODEL % "{dense: {units: $w, activation: $w}}"
    assert ids(checking(text.replace("1 +", "1 + $q"))) == ["KC201"]


# limits


def test_references_count_with_all_that_they_put_in():
    # A list of 9,999 items weighs 10,000.
    text = f"vars: {{big: [{','.join(['1'] * 9_999)}]}}\na: [%s]"
    assert limits.NODES == 100_000
    assert ids(composing(text % ", ".join(["$big"] * 10))) == []
    (finding,) = composing(text % ", ".join(["$big"] * 12))
    assert finding.code.id == "KC011"
    assert (
        finding.message
        == "variables, blocks and repeats put more than 100,000 values into the file"
    )


def test_depth_counts_through_references():
    def nested(levels: int) -> str:
        inner = "[" * levels + "1" + "]" * levels
        return f"vars: {{deep: {inner}}}\na: [[$deep]]"  # a map and two lists around it

    assert ids(composing(nested(limits.DEPTH - 4))) == []
    (finding,) = composing(nested(limits.DEPTH - 2))
    assert finding.code.id == "KC012"
    assert (
        finding.message == "with variables and blocks the file is nested more than 64 levels deep"
    )


def chain(length: int, form: str) -> str:
    lines = ["vars:", "  a0: 1"]
    lines += [f"  a{i}: " + form.replace("$", f"$a{i - 1}") for i in range(1, length)]
    return "\n".join([*lines, f"b: $a{length - 1}"])


def bomb(width: int, levels: int) -> str:
    lines = ["vars:", f"  a0: [{', '.join(['1'] * width)}]"]
    lines += [f"  a{i}: [{', '.join([f'$a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join([*lines, f"b: $a{levels - 1}"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param(bomb(10, 9), {"KC011"}, id="billion laughs"),
        pytest.param(bomb(2, 25), {"KC011"}, id="doubling"),
        pytest.param(bomb(10, 3), set(), id="a small one"),
        pytest.param(chain(30, "$"), set(), id="a chain"),
        pytest.param(chain(5_000, "$"), {"KC012"}, id="a long chain"),
        pytest.param(chain(5_000, "1 + $"), {"KC012"}, id="a long chain of sums"),
        pytest.param(chain(5_000, "[$]"), {"KC012"}, id="a long chain of lists"),
        pytest.param(chain(500, "[" * 50 + "$" + "]" * 50), {"KC012"}, id="deep lists"),
        pytest.param(
            f"vars: {{big: [{','.join(['1'] * 40_000)}]}}\na: [{','.join(['$big*2'] * 20_000)}]",
            {"KC205"}, id="arithmetic with a big list",
        ),
    ],
)  # fmt: skip
def test_hostile_variables_end_at_once(text, codes):
    begin = time.monotonic()
    assert set(ids(checking("kc: 1\n" + text))) - {"KC101", "KC102"} == codes
    assert time.monotonic() - begin < 5
