import pytest
import yaml

from kc.core.expression import ExpressionError
from kc.schemas.space import Space, written
from tests.sweep.formula import a_sweep

NESTED = {
    "training.optimizer": {
        "choice": {
            "sgd": {"learning_rate": {"uniform": [0, 1]}, "momentum": 0.9},
            "adam": {"learning_rate": {"log_uniform": [1e-4, 1e-2]}},
        }
    },
    "training.batch_size": [8, 16],
}


def space_of(paths, constraints=()):
    return Space.of(a_sweep(paths).space, constraints)


@pytest.mark.parametrize(
    ("distribution", "places"),
    [
        pytest.param([1, 2, 3], {0.0: 1, 0.5: 2, 0.99: 3}, id="list"),
        pytest.param({"uniform": [2, 4]}, {0.0: 2.0, 0.5: 3.0, 1.0: 4.0}, id="uniform"),
        pytest.param({"uniform": [0, 0.3], "step": 0.1}, {0.0: 0.0, 0.99: 0.3}, id="steps"),
        pytest.param({"log_uniform": [1e-4, 1]}, {0.0: 1e-4, 0.5: 1e-2, 1.0: 1.0}, id="log"),
        pytest.param({"int": [3, 5]}, {0.0: 3, 0.5: 4, 0.99: 5}, id="int"),
        pytest.param({"int": [0, 9], "step": 4}, {0.0: 0, 0.5: 4, 0.99: 8}, id="int in steps"),
        pytest.param({"log_int": [1, 100]}, {0.0: 1, 1.0: 100}, id="log int"),
    ],
)
def test_a_place_has_a_value(distribution, places):
    (own,) = space_of({"x": distribution}).parameters
    assert {place: own.value(place) for place in places} == pytest.approx(places)


def test_log_int_gives_each_factor_the_same_probability():
    (own,) = space_of({"x": {"log_int": [1, 100]}}).parameters
    values = [own.value((i + 0.5) / 1000) for i in range(1000)]
    assert sum(value <= 10 for value in values) == pytest.approx(575, abs=30)  # log 21 / log 201


def test_an_option_decides_what_else_is_chosen():
    space = space_of(NESTED)
    sgd = space.at([0.0, 0.5, 0.5, 0.0])
    assert sgd == {
        "training.optimizer": "sgd",
        "training.optimizer.sgd.learning_rate": 0.5,
        "training.batch_size": 8,
    }
    assert space.assignments(sgd) == [
        "training.optimizer={sgd: {learning_rate: 0.5, momentum: 0.9}}",
        "training.batch_size=8",
    ]
    assert "training.optimizer.adam.learning_rate" in space.at([0.9, 0.5, 0.5, 0.0])


def test_a_grid_holds_what_belongs_to_each_option():
    space = space_of(
        {"a": {"choice": {"p": {"x": {"choice": [1, 2]}}, "q": {}}}, "b": [True, False]},
        ["$b or $x == 1"],
    )
    assert space.count == 6
    points = list(space.points())
    assert len(points) == 5
    assert {"a": "q", "b": False} in points
    assert {"a": "p", "a.p.x": 2, "b": False} not in points


def test_constraints_name_ends_of_paths():
    space = space_of(NESTED, ["$batch_size < 10"])
    assert space.fits({"training.batch_size": 8})
    assert not space.fits({"training.batch_size": 16})
    assert space.holds("$training.batch_size == 16", {"training.batch_size": 16})
    assert space.holds("$sgd.learning_rate > 5", {"training.batch_size": 8})  # it has none
    with pytest.raises(ExpressionError, match="nothing is called"):
        space.holds("$learning_rate > 5", {"training.batch_size": 8})  # there are two


def test_short_names_are_the_shortest_ends_that_are_unique():
    assert space_of(NESTED).short_names == {
        "training.optimizer": "optimizer",
        "training.optimizer.sgd.learning_rate": "sgd.learning_rate",
        "training.optimizer.adam.learning_rate": "adam.learning_rate",
        "training.batch_size": "batch_size",
    }


@pytest.mark.parametrize(
    "options", [[1, True], [[1, 2], [3, 4]], [{"dense": 1}, {"dense": 2}], [None, "none"]]
)
def test_options_that_look_alike_have_labels_of_their_own(options):
    space = space_of({"x": options})
    (own,) = space.parameters
    assert len({*map(str, own.labels)}) == 2
    texts = [space.assignments({"x": label})[0].removeprefix("x=") for label in own.labels]
    assert [yaml.safe_load(text) for text in texts] == options


@pytest.mark.parametrize("value", ["yes", "12:30", "1e-3", "a, b", "$width // 2", 1e-5, [1, "x"]])
def test_values_are_written_as_they_are_read(value):
    assert yaml.safe_load(written({"x": value})) == {"x": value}
    assert "\n" not in written(value)
