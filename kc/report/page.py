"""The page of a run: everything about it in one file that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kc.report.charts import Chart, Heatmap
from kc.report.data import ClassBalance, Mistake, PartFacts
from kc.report.scores import Scores
from kc.report.search import SearchPage
from kc.report.words import duration, value

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class OutputSection:
    """How good one output is."""

    name: str
    part: str
    """Which examples were measured."""
    scores: Scores
    confusion: Heatmap | None = None
    charts: Sequence[Chart] = ()
    worst: Sequence[Mistake] = ()


@dataclass(frozen=True, slots=True)
class ModelRow:
    """An input or a layer."""

    name: str
    kind: str
    output: str
    parameters: str
    flops: str
    inputs: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """All that the page of a run shows."""

    title: str
    state: str
    subtitle: str
    version: str
    tiles: Sequence[tuple[str, str, str]] = ()
    """Name, value and source of the most telling results."""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    curves: Sequence[Chart] = ()
    outputs: Sequence[OutputSection] = ()
    parts: Sequence[PartFacts] = ()
    balances: Sequence[ClassBalance] = ()
    model: Sequence[ModelRow] = ()
    totals: Mapping[str, str] = field(default_factory=dict[str, str])
    spec: str = ""


def render(page: RunPage) -> str:
    """The page as HTML."""
    return _fill("run.html", page=page)


def render_search(page: SearchPage) -> str:
    """The page of a sweep as HTML."""
    return _fill("search.html", page=page)


def render_charts(title: str, names: Sequence[str], charts: Sequence[Chart], version: str) -> str:
    """Charts with one legend as a page."""
    return _fill("charts.html", title=title, names=names, charts=charts, version=version)


def render_svg(title: str, names: Sequence[str], charts: Sequence[Chart]) -> str:
    """Charts with one legend as a picture."""
    return _fill("charts.svg", title=title, names=names, charts=charts)


def _visible(shown: Any) -> Any:
    r"""Text with what does not print as itself as ``\u{..}``: controls, bidi, surrogates."""
    if not isinstance(shown, str) or isinstance(shown, Markup) or shown.isprintable():
        return shown
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{{{ord(c):x}}}" for c in shown)


def _fill(template: str, **values: Any) -> str:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    made = _environment().get_template(template)
    return made.render(style=Markup(style), style_hash=digest, **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(value=value, duration=duration)
    return made
