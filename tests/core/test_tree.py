import pytest

from kc.core.span import SourceText, Span
from kc.core.tree import (
    Key,
    ListNode,
    MapNode,
    ScalarNode,
    WrittenMap,
    WrittenText,
    descend,
    key_span,
    plain,
    value_span,
)

SOURCE = SourceText("spec.yaml", "model:\n  layers: [{dense: 10}, relu]\n")


def at(line: int, column: int, length: int = 1) -> Span:
    return Span(SOURCE, line, column, line, column + length)


TEN = ScalarNode(10, at(2, 21, 2))
DENSE = MapNode(((Key("dense", at(2, 14, 5)), TEN),), at(2, 13, 11))
RELU = ScalarNode("relu", at(2, 26, 4))
LAYERS = ListNode((DENSE, RELU), at(2, 12, 19))
MODEL = MapNode(((Key("layers", at(2, 3, 6)), LAYERS),), at(2, 3))
TREE = MapNode(((Key("model", at(1, 1, 5)), MODEL),), at(1, 1))


def test_plain_is_dicts_tuples_and_scalars():
    assert plain(TREE) == {"model": {"layers": ({"dense": 10}, "relu")}}


def test_plain_maps_remember_their_place_and_that_of_their_keys():
    model = plain(TREE)
    assert isinstance(model, WrittenMap)
    assert model.span == TREE.span
    assert model.key_spans == {"model": at(1, 1, 5)}


def test_plain_words_remember_their_place():
    word = plain(RELU)
    assert isinstance(word, WrittenText)
    assert word.span == RELU.span


@pytest.mark.parametrize("value", [None, True, 3, 0.5])
def test_plain_keeps_other_scalars(value):
    assert plain(ScalarNode(value, at(1, 1))) is value


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        pytest.param((), [], id="the root"),
        pytest.param(("model", "layers", 0, "dense"), ["model", "layers", 0, "dense"], id="whole"),
        pytest.param(("model", "layers", 0, "dense", "units"), ["model", "layers", 0, "dense"],
                     id="an argument left implicit"),
        pytest.param(("model", "Model", "layers", 1), ["model", "layers", 1],
                     id="a branch of a union in between"),
        pytest.param(("model", "layers", 7), ["model", "layers"], id="beyond a list"),
        pytest.param(("model", 0), ["model"], id="a position in a map"),
        pytest.param(("model", "layers", "dense"), ["model", "layers"], id="a name in a list"),
    ],
)  # fmt: skip
def test_descend_passes_over_what_the_tree_does_not_have(path, parts):
    assert [part for part, _ in descend(TREE, path)] == parts


def test_a_negative_position_is_no_part_of_a_list():
    assert [part for part, _ in descend(LAYERS, (-1,))] == []


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), TREE.span, TREE.span),
        (("model",), at(1, 1, 5), MODEL.span),
        (("model", "layers", 0), DENSE.span, DENSE.span),
        (("model", "layers", 0, "dense"), at(2, 14, 5), TEN.span),
        (("model", "layers", 0, "dense", "units"), at(2, 14, 5), TEN.span),
        (("model", "layers", 1), RELU.span, RELU.span),
        (("nothing",), TREE.span, TREE.span),
    ],
)
def test_a_path_has_the_place_of_its_deepest_key_and_value(path, key, value):
    assert key_span(TREE, path) == key
    assert value_span(TREE, path) == value


def test_an_entry_is_replaced_in_its_place():
    new = ScalarNode(1, at(1, 1))
    changed = TREE.with_entry(Key("seed", at(1, 1)), new).with_entry(Key("model", at(9, 9)), new)
    assert [(key.text, value) for key, value in changed.entries] == [("model", new), ("seed", new)]
    assert changed.key("model").span == at(1, 1, 5)


def test_an_entry_is_removed():
    assert TREE.without("model").entries == ()
    assert TREE.without("other") == TREE


def test_a_missing_entry_is_none():
    assert TREE.get("nothing") is None
    assert TREE.key("nothing") is None
