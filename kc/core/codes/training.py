"""Codes 5xx."""

from __future__ import annotations

from kc.core.codes.declare import declare
from kc.core.diagnostic import Severity

NOT_FINITE = declare(
    "KC501",
    "the loss is not finite",
    "A step ended in NaN or infinity. Usual causes: a learning rate too high, a logarithm or a "
    "division of zero, inputs on a wild scale.",
    "optimizer: {sgd: {learning_rate: 1000}}",
    "optimizer: {sgd: {learning_rate: 0.01}}",
)
TRACE_FAILED = declare(
    "KC502",
    "JAX refused a layer while tracing",
    "The layer passed kc's own checks, but its JAX function failed. This is a gap in the checks "
    "(please report it) or an error in a custom layer.",
    "# a custom layer that multiplies shapes which do not match",
    "# the layer with `infer` telling the shapes it takes",
)
CHECKPOINT_DAMAGED = declare(
    "KC503",
    "a checkpoint is damaged",
    "The file is not the one that was written: its size or its SHA-256 differs from the index. It "
    "is never opened; the one before it is used instead.",
    "truncate -s 1000 runs/digits/checkpoints/step-00000120.h5",
    "kc train runs/digits --resume   # goes on from the checkpoint before it",
    Severity.WARNING,
)
SPEC_CHANGED = declare(
    "KC504",
    "the spec changed since the checkpoint",
    "Resuming under another spec ends in a model that no spec describes. Undo the change, or "
    "accept it with `--allow-change`, which takes all that fits the saved arrays. For what does "
    "not, start a new run from the weights. More epochs are fine.",
    "kc train spec.yaml --resume --set model.layers[0].dense.units=7",
    "kc train spec.yaml --init-from runs/digits --surgery --set model.layers[0].dense.units=7",
)
SAVE_FAILED = declare(
    "KC505",
    "a checkpoint could not be saved",
    "Writing, syncing or renaming the file failed, most often because the disk is full. Training "
    "goes on, the checkpoints before it are kept, and the next save tries again.",
    "# a disk with less room than one checkpoint",
    "checkpoint: {keep: {last: 1}}   # or make room",
    Severity.WARNING,
)
NO_CHECKPOINT = declare(
    "KC506",
    "nothing to resume",
    "No run with an acknowledged, undamaged checkpoint was found.",
    "kc train spec.yaml --resume   # before any run",
    "kc train spec.yaml",
)
RUN_BUSY = declare(
    "KC507",
    "another process works on this run",
    "Two processes that write one run folder would spoil it.",
    "kc train runs/digits --resume &\nkc train runs/digits --resume",
    "kc train runs/digits --resume",
)
NO_TRAINING = declare(
    "KC508",
    "a spec without training",
    "Training and evaluating need a loss and an optimizer.",
    "kc: 1\nmodel: {}",
    "kc: 1\nmodel: {}\ntraining: {loss: mean_squared_error, optimizer: adam}",
)
BAD_TARGET = declare(
    "KC509",
    "a loss that does not fit its output or target",
    "A loss compares an output with a target of a certain shape.",
    "- dense: {units: 1, activation: sigmoid}\nloss: categorical_crossentropy",
    "- dense: {units: 1, activation: sigmoid}\nloss: binary_crossentropy",
)
UNKNOWN_MONITOR = declare(
    "KC510",
    "a monitor that no epoch logs",
    "Callbacks watch the names that an epoch logs: `loss`, the metrics, and both with `val_` where "
    "there is validation data.",
    "callbacks: [{early_stopping: {monitor: validation_loss}}]",
    "callbacks: [{early_stopping: {monitor: val_loss}}]",
)
NOT_A_MODEL = declare(
    "KC511",
    "a file that is no model of kc",
    "`kc.load` reads specs and files that `model.save` wrote. Nothing in such a file is executed, "
    "and arrays are read only where the spec expects them.",
    "kc.load('photo.png')",
    "kc.load('model.h5')",
)
WEIGHTS_MISMATCH = declare(
    "KC512",
    "stored weights that do not fit the model",
    "Each stored array needs the name, shape and type that the spec gives it, and must lie in the "
    "file itself: links and virtual data are refused.",
    "# model.h5 with an external link in place of an array",
    "model.save('model.h5')",
)
DATA_CHANGED = declare(
    "KC513",
    "the data changed since the checkpoint",
    "Resuming on other data would not be the run that was started.",
    "echo 1,2,3 >> wine.csv; kc train runs/wine --resume",
    "kc train runs/wine --resume --allow-change   # or a new run",
)
NOT_EXACT = declare(
    "KC514",
    "continued, not bit-exact",
    "The run goes on, but the versions, the device or the flags differ from those it began with, "
    "so the last bits of the result may differ from an uninterrupted run.",
    "# resumed on a processor with other instructions",
    "# resumed on the same kind of machine with the same versions",
    Severity.WARNING,
)
RUN_FOLDER = declare(
    "KC515",
    "a folder that cannot hold a run",
    "The folder for a new run must not exist yet and must be writable; a folder to resume must "
    "hold a run.",
    "kc train spec.yaml --run-dir /proc/run",
    "kc train spec.yaml --run-dir runs/first",
)
CALLBACK_FAILED = declare(
    "KC516",
    "a callback failed",
    "The callback raised an error. The state of the training is unaffected.",
    "# a custom callback that raises",
    "# the callback mended",
)
BAD_METRIC = declare(
    "KC517",
    "a metric that does not fit its output or target",
    "A metric compares an output with the targets that the output's loss takes: with class numbers "
    "under `sparse_categorical_crossentropy`, with one value for each output under most others.",
    "- dense: {units: 3, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "metrics: [categorical_accuracy]",
    "- dense: {units: 3, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "metrics: [sparse_categorical_accuracy]",
)
NOT_FITTED = declare(
    "KC518",
    "a layer that has not seen data",
    "Some layers find numbers or words in the training examples: `normalization` its mean and "
    "variance, `text_vectorization` its vocabulary. `kc train` and `model.fit` do so first, and "
    "keep what they find in `resolved.yaml` and in the model file. Until then nothing can be "
    "computed.",
    "kc generate spec.yaml   # holds `- normalization`",
    "kc train spec.yaml --run-dir run\nkc generate run/resolved.yaml",
)
NOTHING_TO_MIX = declare(
    "KC519",
    "an input that cannot be mixed",
    "What stands in `training.mix` blends images: inputs of the data with three axes, one of them "
    "for the channels. Where several inputs are images, `input` says which one is mixed.",
    "inputs: {x: [28, 28]}\n- flatten\n- dense: 1\nmix: [mix_up]",
    "inputs: {x: [28, 28, 1]}\n- flatten\n- dense: 1\nmix: [mix_up]",
)
UNMIXABLE_TARGET = declare(
    "KC520",
    "targets that cannot be mixed",
    "What stands in `training.mix` blends targets as it blends images. The target has to say "
    "something of the image as a whole, as one number or one row: its class under a crossentropy, "
    "or what is measured of it. Labels of its places, sequences of labels and classes of which one "
    "does not count cannot be blended.",
    "inputs: {x: [28, 28, 1]}\n"
    "- dense: {units: 3, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "mix: [mix_up]",
    "inputs: {x: [28, 28, 1]}\n"
    "- flatten\n"
    "- dense: {units: 3, activation: softmax}\n"
    "loss: sparse_categorical_crossentropy\n"
    "mix: [mix_up]",
)
UNKNOWN_LAYERS = declare(
    "KC530",
    "a name that no trained layer has",
    "`trains` of a phase and `layers` of a group name layers whose weights are trained: items, "
    "shared parts with all inside of them, or patterns with `*`.",
    "- {dense: 1, name: head}\ngroups: {head: {layers: [hed], optimizer: {sgd: 0.1}}}",
    "- {dense: 1, name: head}\ngroups: {head: {layers: [head], optimizer: {sgd: 0.1}}}",
)
TWO_OPTIMIZERS = declare(
    "KC531",
    "a layer with two optimizers",
    "Groups divide the layers: each weight is moved by one optimizer. What no group names is moved "
    "by `optimizer`.",
    "groups: {a: {layers: [dense], optimizer: sgd}, b: {layers: ['*'], optimizer: adam}}",
    "groups: {a: {layers: [dense], optimizer: sgd}}",
)
UNTRAINED = declare(
    "KC532",
    "a layer that no phase trains",
    "With `phases`, only the layers that a phase names in `trains` are moved. What is meant to "
    "stay as it is says so with `trainable: false`.",
    "- {dense: 8, name: body}\n"
    "- {dense: 1, name: head}\n"
    "phases:\n"
    "  head: {trains: [head], loss: mean_squared_error, optimizer: sgd}",
    "- {dense: 8, name: body}\n"
    "- {dense: 1, name: head}\n"
    "phases:\n"
    "  head: {trains: [head], loss: mean_squared_error, optimizer: sgd}\n"
    "  body: {trains: [body], loss: mean_squared_error, optimizer: adam}",
)
ORDER_LOST = declare(
    "KC540",
    "a stateful layer and rows in a random order",
    "A stateful layer reads long sequences in parts: row 3 of a batch goes on where row 3 of the "
    "batch before ended. That has a meaning only where rows keep the order of the data, in every "
    "epoch and when parts for validation and test are split off.",
    "inputs: {series: [9, 4]}\n- lstm: {units: 8, stateful: true}\nloss: mean_squared_error",
    "inputs: {series: [9, 4]}\n"
    "- lstm: {units: 8, stateful: true}\n"
    "loss: mean_squared_error\n"
    "shuffle: false",
)
OTHER_BATCH_SIZE = declare(
    "KC541",
    "a batch of another size than a stateful layer remembers",
    "Each row of a batch goes on where the same row of the batch before ended, so both have the "
    "same number of rows.",
    "model.train_on_batch(x[:4], y[:4])\nmodel.train_on_batch(x[4:6], y[4:6])",
    "model.train_on_batch(x[:4], y[:4])\nmodel.reset_states(batch_size=2)\n"
    "model.train_on_batch(x[4:6], y[4:6])",
)
RATE_FOLLOWS_SCHEDULE = declare(
    "KC550",
    "a learning rate that two want to set",
    "A rate that follows a schedule is computed anew in every step, so whatever a callback sets "
    "would be lost. Either the schedule or the callback has to go.",
    "optimizer: {sgd: {learning_rate: {cosine_decay: {initial_learning_rate: 0.1, "
    "decay_steps: 900}}}}\n"
    "callbacks: [{reduce_lr_on_plateau: {monitor: loss}}]",
    "optimizer: {sgd: {learning_rate: 0.1}}\ncallbacks: [{reduce_lr_on_plateau: {monitor: loss}}]",
)
UNKNOWN_OPTIMIZER = declare(
    "KC551",
    "a callback that names no optimizer of the training",
    "Optimizers are called after their phase or group, or after both (`critic.head`); what no "
    "group names is moved by `main`. With several, a callback that sets one rate says whose it is.",
    "groups: {body: {layers: [dense], optimizer: {sgd: 0.1}}}\n"
    "callbacks: [{reduce_lr_on_plateau: {monitor: loss, optimizer: bdoy}}]",
    "groups: {body: {layers: [dense], optimizer: {sgd: 0.1}}}\n"
    "callbacks: [{reduce_lr_on_plateau: {monitor: loss, optimizer: body}}]",
)
NO_AVERAGES = declare(
    "KC552",
    "averages of weights that nobody makes",
    "`swap_ema_weights` measures with the averages that an optimizer with `use_ema: true` keeps.",
    "optimizer: {sgd: 0.1}\ncallbacks: [swap_ema_weights]",
    "optimizer: {sgd: {learning_rate: 0.1, use_ema: true}}\ncallbacks: [swap_ema_weights]",
)
NOT_REPORTED = declare(
    "KC553",
    "what a callback tells of a run was lost",
    "A file could not be written, or a server could not be reached. Training goes on, and the next "
    "epoch tries again. `metrics.jsonl` has all epochs.",
    "# remote_monitor: {root: 'http://localhost:9000'}, and nothing listens there",
    "# the server started; `curl -d data={} http://localhost:9000/publish/epoch/end/` tries it",
    Severity.WARNING,
)
OUTPUT_EXISTS = declare(
    "KC554",
    "a file that a callback would write over",
    "Callbacks never overwrite a file. In the folder of a run there is none before; `fit` writes "
    "to the current folder. `append: true` goes on with a table that has the same columns.",
    "model.fit(x, y, callbacks=[CSVLogger('wine.csv')])   # the data",
    "model.fit(x, y, callbacks=[CSVLogger('history.csv')])",
)
CONTINUED_CHANGED = declare(
    "KC560",
    "continued with changes",
    "The run goes on under another spec or on other data than it began with, as `--allow-change` "
    "asked for. `lock.json` keeps what changed, and from which epoch on.",
    "kc train runs/digits --resume --allow-change --set training.batch_size=64",
    "kc train spec.yaml --set training.batch_size=64   # a run under one spec",
    Severity.WARNING,
)
PARTLY_TAKEN = declare(
    "KC561",
    "weights that are not taken over",
    "`--init-from` takes over the weights that have the same names and shapes. Others begin as in "
    "a new model, unless `--surgery` cuts or fills them up.",
    "kc train wider.yaml --init-from runs/digits",
    "kc train wider.yaml --init-from runs/digits --surgery",
    Severity.WARNING,
)
NOTHING_TAKEN = declare(
    "KC562",
    "no weights to take over",
    "Weights are found by the names of their layers, and no name in the file is one of the "
    "model's.",
    "kc train digits.yaml --init-from runs/wine",
    "kc train digits.yaml --init-from runs/digits",
)
STEP_SKIPPED = declare(
    "KC563",
    "a step that does not count",
    "With `on_nan: skip`, a step whose loss, gradient or update is not finite leaves everything as "
    "it was. One such step in many is harmless; `skipped_steps` in the logs counts them.",
    "training: {on_nan: skip, optimizer: {sgd: {learning_rate: 1000}}}",
    "training: {on_nan: skip, optimizer: {sgd: {learning_rate: 0.01}}}",
    Severity.WARNING,
)
ROLLED_BACK = declare(
    "KC564",
    "an epoch that begins again",
    "With `on_nan: rollback`, numbers that are not finite end an epoch: it begins again from the "
    "same weights, with lower learning rates. Where the data are to blame, it happens again.",
    "training: {on_nan: rollback, optimizer: {sgd: {learning_rate: 1000}}}",
    "training: {on_nan: rollback, optimizer: {sgd: {learning_rate: 0.01}}}",
    Severity.WARNING,
)
