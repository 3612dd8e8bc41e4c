"""Codes 6xx."""

from __future__ import annotations

from kc.core.codes.declare import declare

_MODEL = """
  objective: val_loss
data: {source: {csv: {path: a.csv, target: y, features: [a, b]}}, split: {validation: 0.2}}
model:
  inputs: {x: [2]}
  layers: [{dense: 4}, {dense: 1}]
training: {loss: mean_squared_error, optimizer: adam}
"""


def _with(space: str, more: str = "") -> str:
    """A spec with a space, and perhaps more lines of the section."""
    return f"kc: 1\nsweep:\n  space: {space}{more}{_MODEL}"


_GOOD = _with("{training.batch_size: [16, 32]}")

SPACE_PATH = declare(
    "KC601",
    "a path of a sweep that the spec does not have",
    "The keys of `sweep.space` are paths as `--set` takes them: dotted names, layers by their name "
    "or as `[i]`. Each value of a trial is put there before anything else is resolved.",
    _with("{training.batchsize: [16, 32]}"),
    _GOOD,
)
SPACE_TYPE = declare(
    "KC602",
    "a distribution that does not fit its field",
    "What a sweep puts into a field has to be of the field's type: a `uniform` range gives "
    "fractions, an `int` range whole numbers.",
    _with("{training.batch_size: {uniform: [16, 32]}}"),
    _with("{training.batch_size: {int: [16, 32]}}"),
)
INVALID_CANDIDATE = declare(
    "KC603",
    "a sweep that can make an invalid spec",
    "Every choice and the ends of every range are checked like a spec, each with some values of "
    "the others, before anything is trained. A trial that is invalid would only be found hours "
    "later.",
    _with("{training.batch_size: {int: [0, 32]}}"),
    _with("{training.batch_size: {int: [1, 32]}}"),
)
EMPTY_SPACE = declare(
    "KC604",
    "a sweep without values to choose from",
    "A space names one path or more, a choice has one option or more, a range ends above its "
    "beginning, and some values fit all constraints.",
    _with("{training.batch_size: {int: [32, 16]}}"),
    _with("{training.batch_size: {int: [16, 32]}}"),
)
LOG_RANGE = declare(
    "KC605",
    "a logarithmic range that does not lie above zero",
    "`log_uniform` and `log_int` choose every factor with the same probability; zero is infinitely "
    "many factors away.",
    _with("{training.optimizer.adam.learning_rate: {log_uniform: [0, 0.1]}}"),
    _with("{training.optimizer.adam.learning_rate: {log_uniform: [1e-5, 0.1]}}"),
)
UNKNOWN_OBJECTIVE = declare(
    "KC606",
    "an objective that no epoch logs",
    "An objective is a log, as `val_accuracy`: its best value of all epochs. `last.val_accuracy` "
    "is that of the last one. `parameters` is the size of the model.",
    _with("{training.batch_size: [16, 32]}").replace("val_loss", "val_acuracy"),
    _GOOD,
)
OBJECTIVE_VALIDATION = declare(
    "KC607",
    "an objective without validation data",
    "Logs that begin with `val_` are measured on examples that training does not see, so there "
    "have to be some.",
    _GOOD.replace(", split: {validation: 0.2}", ""),
    _GOOD,
)
GRID = declare(
    "KC608",
    "a grid that cannot be listed",
    "A grid tries every combination, so each range needs a `step`, and all combinations together "
    "have to be a number that one can train.",
    _with("{training.optimizer.adam.learning_rate: {uniform: [0.1, 0.2]}}", "\n  sampler: grid"),
    _with(
        "{training.optimizer.adam.learning_rate: {uniform: [0.1, 0.2], step: 0.05}}",
        "\n  sampler: grid",
    ),
)
CONSTRAINT = declare(
    "KC609",
    "a constraint without a truth value",
    "A constraint is a condition over the paths of the space. `$batch_size` names the path that "
    "ends so; `$training.batch_size` is its whole name.",
    _with("{training.batch_size: [16, 32]}", "\n  constraints: [$batch < 20]"),
    _with("{training.batch_size: [16, 32]}", "\n  constraints: [$batch_size < 20]"),
)
NO_SWEEP = declare(
    "KC610",
    "a sweep without a space",
    "`kc sweep` reads from the section `sweep` what to search, and what for.",
    "kc sweep spec.yaml   # without a section `sweep`",
    "kc sweep spec.yaml --set 'sweep={objective: loss, space: {training.batch_size: [16, 32]}}'",
)
STUDY_CHANGED = declare(
    "KC611",
    "a sweep of another spec",
    "The trials of a sweep are comparable because all of them are of one spec with one space. More "
    "trials or a longer timeout are no change.",
    "kc sweep runs/digits-sweep --resume --set training.epochs=50",
    "kc sweep spec.yaml --set training.epochs=50",
)
STUDY_VERSION = declare(
    "KC612",
    "a sweep of another version",
    "All processes of a sweep have to be of one version of kc: another one might train the same "
    "spec to other numbers.",
    "kc sweep worker runs/digits-sweep   # begun with another version of kc",
    "kc sweep spec.yaml",
)
SWEEP_PACKAGE = declare(
    "KC613",
    "a package that a sampler or a report needs",
    "Some samplers need packages of their own.",
    "# sampler: cma_es, and cmaes is not installed",
    "# pip install cmaes",
)
NO_TRIALS = declare(
    "KC614",
    "no sweep, or no trial, to show",
    "A folder of a sweep holds `sweep.json` and `journal.jsonl`. The best trial is one that has "
    "finished.",
    "kc sweep best runs/digits-20260131-094500   # a run",
    "kc sweep best runs/digits-sweep-20260131-094500",
)
