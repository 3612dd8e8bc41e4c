from __future__ import annotations

import math
import re

import numpy as np
import pytest

from kc.report.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_POINTS,
    RIGHT,
    TOP,
    WIDTH,
    Series,
    curves,
    heatmap,
    histogram,
    scatter,
    steps,
)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1, 30, [5, 10, 15, 20, 25, 30]),
        (-3, 0.6, [-3, -2, -1, 0]),
        (0.0971, 0.0989, [0.0975, 0.098, 0.0985]),
    ],
)
def test_ticks_stand_at_round_values(low, high, expected):
    assert steps(low, high, 6) == pytest.approx(expected)


def points(path: str) -> np.ndarray:
    return np.array([tuple(map(float, xy)) for xy in re.findall(r"[ML](\S+) ([^ML]+)", path)])


@pytest.mark.parametrize(
    "ys",
    [
        pytest.param([0.5], id="one epoch"),
        pytest.param([0.5, 0.5, 0.5], id="constant"),
        pytest.param([0.0, 0.0], id="zero"),
        pytest.param([1e-9, 1e9], id="many powers of ten"),
        pytest.param([-1e-7, 3e-7], id="tiny"),
        pytest.param([1.0, math.nan, math.inf, 2.0], id="not finite"),
        pytest.param([math.nan], id="nothing to show"),
    ],
)
def test_curves_stay_inside_of_their_axes(ys):
    chart = curves("loss", [Series("training", range(1, len(ys) + 1), ys)])
    places = points(chart.lines[0].path)
    assert len(places) == sum(map(math.isfinite, ys))
    if len(places):
        assert (places >= (LEFT, TOP)).all()
        assert (places <= (WIDTH - RIGHT, HEIGHT - BOTTOM)).all()
    assert len(chart.y_ticks) <= 12
    assert all(TOP - 1 <= tick.at <= HEIGHT - BOTTOM + 1 for tick in chart.y_ticks)


def test_epochs_are_whole_numbers():
    chart = curves("loss", [Series("training", [1, 2, 3], [3, 2, 1])])
    assert [tick.text for tick in chart.x_ticks] == ["1", "2", "3"]


def test_a_gap_divides_a_line():
    chart = curves("loss", [Series("training", [1, 2, 3], [3, math.nan, 1])])
    assert chart.lines[0].path.count("M") == 2


def test_long_histories_are_thinned():
    chart = curves("loss", [Series("training", range(1, 100_001), np.linspace(5, 1, 100_000))])
    line = chart.lines[0]
    assert len(points(line.path)) == MOST_POINTS
    assert not line.dots


def test_ticks_do_not_overlap():
    chart = curves("loss", [Series("training", range(1, 2001), np.geomspace(1e-12, 1e7, 2000))])
    places = sorted(tick.at for tick in chart.y_ticks)
    assert min(np.diff(places)) > 14


def test_right_predictions_lie_on_the_guide():
    values = np.linspace(-3, 9, 20)
    chart = scatter(values, values)
    (x0, y0), (x1, y1) = points(chart.guide)
    for x, y in chart.dots:
        assert (y - y0) * (x1 - x0) == pytest.approx((x - x0) * (y1 - y0), abs=20)


def test_a_histogram_counts_all_finite_values():
    values = np.random.default_rng(0).normal(size=500)
    values[:3] = np.nan
    chart = histogram("Residuals", values, "residual")
    assert sum(int(bar.tells.split()[0]) for bar in chart.bars) == 497


@pytest.mark.parametrize("values", [[], [math.nan], [2.0, 2.0]])
def test_a_histogram_of_little_is_drawn(values):
    assert histogram("Residuals", values, "residual").x_ticks


def test_shades_are_shares_of_the_true_class():
    cells = heatmap(np.array([[1, 1], [0, 90]]), ["rare", "common"]).cells
    assert [cell.shade for cell in cells] == [0.5, 0.5, 0, 1]
    assert [cell.text for cell in cells] == ["1", "1", "", "90"]
    assert cells[1].tells == "true rare, predicted common: 1"


def test_long_words_above_columns_stand_upright():
    counts = np.eye(2, dtype=int)
    assert heatmap(counts, ["caterpillar", "butterfly"]).upright
    assert not heatmap(counts, ["0", "1"]).upright
