import pytest

from kc.compiler.compose import compose
from kc.compiler.source.reader import read
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from kc.core.tree import value_span
from tests.specs import composing, text_at, value_of

SPEC = """
layers:
  - dense: 10
  - {dense: {units: 3}, name: head}
  - relu
training: {optimizer: adam, epochs: 5}
"""


def layers(*values: object) -> dict[str, object]:
    return {"layers": values, "training": {"optimizer": "adam", "epochs": 5}}


def training(**fields: object) -> dict[str, object]:
    base = layers({"dense": 10}, {"dense": {"units": 3}, "name": "head"}, "relu")
    return {**base, "training": {"optimizer": "adam", "epochs": 5, **fields}}


HEAD = {"dense": {"units": 3}, "name": "head"}


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("training.epochs=7", training(epochs=7)),
        ("training.seed=1", training(seed=1)),
        ("training.epochs=1e3", training(epochs=1000.0)),
        ("training.epochs=", training(epochs=None)),
        ("training.callbacks=[a, {b: 1}]", training(callbacks=("a", {"b": 1}))),
        ("training.name=a=b", training(name="a=b")),
        ("training.optimizer.adam.learning_rate=0.1",
         training(optimizer={"adam": {"learning_rate": 0.1}})),
        ("training.new.deep.key=1", training(new={"deep": {"key": 1}})),
        ("layers[0].dense=4", layers({"dense": 4}, HEAD, "relu")),
        ("layers[-1]=tanh", layers({"dense": 10}, HEAD, "tanh")),
        ("layers.head.dense.units=9",
         layers({"dense": 10}, {"dense": {"units": 9}, "name": "head"}, "relu")),
        ("layers[2].relu.max_value=6", layers({"dense": 10}, HEAD, {"relu": {"max_value": 6}})),
        ("top=1", {**layers({"dense": 10}, HEAD, "relu"), "top": 1}),
    ],
)  # fmt: skip
def test_one_value_changes(assignment, value):
    assert value_of(SPEC, assignment) == value


def test_overrides_apply_in_order():
    assert value_of(SPEC, "training.epochs=1", "training.epochs=2") == training(epochs=2)


def test_overrides_come_before_variables():
    assert value_of("vars: {w: 1}\na: 2 * $w", "vars.w=5") == {"a": 10}
    assert value_of("vars: {w: 1}\na: $w\nb: 0", "b=3 * $w") == {"a": 1, "b": 3}


def test_a_value_has_its_place_in_the_override():
    report = Report()
    tree = read(SourceText("spec.yaml", SPEC), report)
    tree = compose(tree, ["training.epochs=many"], report)
    span = value_span(tree, ("training", "epochs"))
    assert str(span) == "--set:1:17"
    assert text_at(span) == "many"


@pytest.mark.parametrize(
    ("assignment", "message", "place", "help"),
    [
        ("training.epochs", "`training.epochs` has no `=`", "training.epochs",
         "write `--set path=value`"),
        ("=3", "the path is empty", None, None),
        ("a..b=1", "`a..b` is no path", "a..b",
         "write dotted names and `[i]`: `training.epochs`"),
        ("training.epochs.many=5", "there is no `many` to set", ".many", None),
        ("layers[7]=1", "there is no item 7, the list has 3 items", "[7]", None),
        ("layers[-4]=1", "there is no item -4, the list has 3 items", "[-4]", None),
        ("layers.haed.dense=1", "no item of the list is called `haed`", ".haed",
         "did you mean `head`?"),
        ("training[0]=1", "there is no `0` to set", "[0]", None),
    ],
)  # fmt: skip
def test_a_path_that_does_not_fit_is_reported(assignment, message, place, help):
    (finding,) = composing(SPEC, assignment)
    assert (finding.code.id, finding.message) == ("KC206", message)
    assert finding.span.source.name == "--set"
    if place is not None:
        assert text_at(finding.span).lstrip(".") == place.lstrip(".")
    if help is not None:
        assert finding.help == help


def test_a_list_without_names_asks_for_the_position():
    (finding,) = composing("sizes: [1, 2]", "sizes.head=1")
    assert finding.help == "use the position: `[0]` is the first item"


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("a=[1", "KC001"),
        ("a={b: 1, b: 2}", "KC003"),
        ("a=!!python/name:os.system x", "KC004"),
        ("a=*x", "KC007"),
        ("a=\x00", "KC002"),
        ("a=\udcff", "KC002"),
        ("a=" + "[" * 100, "KC012"),
        ("a=9" + "9" * 30, "KC014"),
    ],
)
def test_a_value_that_is_no_yaml_is_reported_at_the_override(assignment, code):
    (finding,) = composing(SPEC, assignment)
    assert finding.code.id == code
    assert finding.span.source.name == "--set"


def test_every_bad_override_is_reported():
    assert len(composing(SPEC, "a", "b", "training.seed=1", "c")) == 3


def test_the_tree_is_unchanged_by_a_bad_override():
    report = Report()
    tree = read(SourceText("spec.yaml", SPEC), report)
    assert compose(tree, ["layers[9]=1"], report) == tree
