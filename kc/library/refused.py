"""Entries of Keras that kc does not have on purpose, with the reason and what to use instead."""

from __future__ import annotations

from collections.abc import Mapping

_FOREIGN = "it runs code of another framework, and a spec holds no code: write a custom layer"

_MIXES = "it mixes targets too, and a layer sees inputs only: write it in `training.mix`"

REFUSED: Mapping[str, Mapping[str, str]] = {
    "layer": {
        "lambda": "a spec holds no Python code: write a formula in `expression`, or a custom layer",
        "input_layer": "inputs are declared in `model.inputs`",
        "wrapper": "wrap a list of layers in `residual`, or write a custom layer",
        "mix_up": _MIXES,
        "cut_mix": _MIXES,
        "max_num_bounding_boxes": "inputs have fixed shapes: fill up lists of boxes in the data",
        "pipeline": "a list of layers is one already: write them one after another, or as a block",
        "tfsm_layer": _FOREIGN,
        "torch_module_wrapper": _FOREIGN,
        "jax_layer": _FOREIGN,
        "flax_layer": _FOREIGN,
    },
    "optimizer": {
        "loss_scale_optimizer": "write `loss_scale_factor: dynamic` in the optimizer",
        "optimizer_map": "name the layers of another optimizer in `training.groups`",
        "multi_optimizer": "name the layers of another optimizer in `training.groups`",
    },
    "metric": {"mean_metric_wrapper": "it wraps a Python function: write a custom metric"},
    "callback": {
        "lambda_callback": "it holds Python code, and a spec holds none: write a custom callback",
        "history": "every run keeps its history, in `metrics.jsonl` or as what `fit` returns",
        "callback_list": "`training.callbacks` is a list",
        "progbar_logger": "use `progress`",
        "model_checkpoint": "use `checkpoint`: `keep: {best: val_loss}` is Keras's "
        "`save_best_only`, `every_steps` its `save_freq`; it lies in the run's folder and always "
        "holds all, weights and the state of optimizers and callbacks",
        "backup_and_restore": "use `checkpoint`, which every run has: `--resume` goes on exactly",
        "orbax_checkpoint": "use `checkpoint`: `keep: {last: 3, best: val_loss}` is its "
        "`max_to_keep`",
        "terminate_on_nan": "a loss that is not finite ends every run, and names the layer; "
        "`training.on_nan` says what else may happen",
    },
}
"""Reasons by family and by the name that the entry would have."""
