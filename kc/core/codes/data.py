"""Codes 4xx."""

from __future__ import annotations

from kc.core.codes.declare import declare
from kc.core.diagnostic import Severity

DATA_FILE = declare(
    "KC401",
    "a data file cannot be read",
    "Paths are relative to the spec. The file must exist and be of the format that the source "
    "reads.",
    "data: {source: {csv: {path: wnie.csv, target: class}}}",
    "data: {source: {csv: {path: wine.csv, target: class}}}",
)
CSV_COLUMN = declare(
    "KC402",
    "a column that the table does not have",
    "`target`, `features`, `inputs` and `text` name columns: the cells of the first line of a CSV "
    "file, the names in the first line of a JSONL file, the schema of a Parquet file.",
    "csv: {path: wine.csv, target: klass}",
    "csv: {path: wine.csv, target: class}",
)
CSV_VALUE = declare(
    "KC403",
    "a word among numbers",
    "Every feature is a finite number, or a list of them with the same shape in each example. An "
    "empty cell or a word has to be mended in the file, or the column left out with `features`.",
    "alcohol,class\n13.2,0\nn/a,1",
    "alcohol,class\n13.2,0\n12.9,1",
)
NPZ_FILE = declare(
    "KC404",
    "a file of arrays that holds something else",
    "Object arrays are stored as pickles, and unpickling runs code. Links of HDF5 lead to other "
    "files. kc reads arrays of numbers and text only, which lie in the file itself, in the size "
    "that it declares.",
    "np.savez('data.npz', x=np.array([{}], dtype=object))",
    "np.savez('data.npz', x=np.zeros((8, 4)), y=np.zeros(8))",
)
NO_ARRAY = declare(
    "KC405",
    "an array that the data does not have",
    "Inputs of the model are matched to arrays of the data by name; a single input takes the only "
    "array whatever its name.",
    "npz: {path: data.npz, inputs: [x_train], target: y}",
    "npz: {path: data.npz, inputs: [x], target: y}",
)
DATA_SHAPE = declare(
    "KC406",
    "data that does not fit the model",
    "The arrays of the data need the shape that `model.inputs` declares, with the batch in front.",
    "inputs: {image: [28, 28, 1]}   # the data has images of 8 x 8",
    "inputs: {image: [8, 8, 1]}",
)
LABEL_RANGE = declare(
    "KC407",
    "a label that the model has no output for",
    "Sparse labels are whole numbers from 0 up to the number of units minus one.",
    "- dense: {units: 9, activation: softmax}   # digits has labels 0 to 9",
    "- dense: {units: 10, activation: softmax}",
)
DATA_LENGTH = declare(
    "KC408",
    "arrays of different length",
    "Every input and every target has one row per example.",
    "model.fit(x[:100], y[:99])",
    "model.fit(x[:100], y[:100])",
)
EMPTY_SPLIT = declare(
    "KC409",
    "a split that leaves nothing",
    "Training, validation and test each need at least one example.",
    "split: {validation: 0.6, test: 0.4}",
    "split: {validation: 0.2, test: 0.2}",
)
MISSING_EXTRA = declare(
    "KC410",
    "a package that is not installed",
    "Heavy packages are extras of kc, installed when a spec needs them.",
    "pip install kc-compiler",
    "pip install 'kc-compiler[datasets]'",
)
NO_DATA = declare(
    "KC411",
    "a spec without data",
    "`kc train` and `kc evaluate` take their examples from the section `data`. From Python, arrays "
    "are passed to `fit` instead.",
    "kc: 1\nmodel: {}",
    "kc: 1\ndata: {source: digits}\nmodel: {}",
)
DATA_PATH = declare(
    "KC412",
    "a path outside of the spec's folder",
    "A spec reads only files beside or below it, so that running one reveals nothing else.",
    "csv: {path: ../../etc/passwd, target: x}",
    "csv: {path: wine.csv, target: class}",
)
TARGET_MISSING = declare(
    "KC413",
    "no target for an output",
    "Each output with a loss needs an array of targets of the same name; a single output takes the "
    "only target whatever its name.",
    "loss: {age: mse, sex: bce}   # the data has one target",
    "loss: {age: mean_squared_error}",
)
DATA_VALUE = declare(
    "KC414",
    "a value in the data that is no number",
    "NaN and infinity in inputs or targets would spread into every weight at the first step.",
    "x = [[1.0, nan]]",
    "x = [[1.0, 0.0]]",
)
NO_CLASSES = declare(
    "KC415",
    "nothing to stratify or to balance by",
    "`stratify` gives each part of the data its share of every class, and `class_weight: balanced` "
    "weighs classes, so each needs one target, and one with classes.",
    "split: {test: 0.2, stratify: true}   # the target is a price",
    "split: {test: 0.2}",
)
SIZE_CONFLICT = declare(
    "KC416",
    "one name for two sizes",
    "A name in the shapes of `model.inputs` is one size, whatever it is. The arrays have to agree "
    "on it.",
    "inputs: {left: [time, 3], right: [time, 3]}   # arrays (n, 12, 3) and (n, 20, 3)",
    "inputs: {left: [time, 3], right: [steps, 3]}",
)
UNSEEN_CLASSES = declare(
    "KC417",
    "classes that training never sees",
    "The examples for validation have classes that those for training have not, so they can only "
    "be wrong. Most often a file is sorted by class and its end was held out.",
    "data:\n  source: {csv: {path: sorted.csv, target: kind}}\n"
    "  split: {validation: 0.2, shuffle: false}",
    "data:\n  source: {csv: {path: sorted.csv, target: kind}}\n  split: {validation: 0.2}",
    Severity.WARNING,
)
SHORT_SERIES = declare(
    "KC418",
    "a series that is shorter than a window",
    "A window needs `length` steps, `sampling_rate` apart, and its target one that comes `horizon` "
    "steps later. The series has to have them at least once.",
    "windows: {of: {csv: {path: day.csv}}, length: 48, target: load}   # the file has 24 lines",
    "windows: {of: {csv: {path: day.csv}}, length: 6, target: load}",
)
READER_LOST = declare(
    "KC420",
    "a process that reads examples ended",
    "With `data.workers` other processes read the examples. One of them was killed, as by a "
    "machine that runs out of memory, or crashed in a library that decodes. No batch was lost or "
    "taken twice; checkpoints saved before stand.",
    "data: {source: {image_folder: photos}, stream: true, workers: 64}   # more than memory holds",
    "data: {source: {image_folder: photos}, stream: true, workers: 4}",
)
NO_MORE_BATCHES = declare(
    "KC421",
    "batches are wanted, and there are no more",
    "A generator gives each of its batches once. An epoch goes through all of them, so a second "
    "one needs a function that makes a new generator, an object that can be iterated again, or a "
    "generator that is long enough and `steps_per_epoch`, after which an epoch ends.",
    "model.fit(batches(), epochs=3)",
    "model.fit(batches, epochs=3)   # or model.fit(batches(), epochs=3, steps_per_epoch=100)",
)
NOT_WITH_BATCHES = declare(
    "KC422",
    "an argument that what gives the examples decides",
    "What gives batches gives inputs, targets and weights together, and says how large batches "
    "are; a source gives inputs and targets.",
    "model.fit(batches, y, batch_size=64)",
    "model.fit(batches)   # each batch is (x, y) or (x, y, sample_weight)",
)
PART_VALUE = declare(
    "KC423",
    "a word that names no part of the data",
    "The column of `data.split` says `train`, `validation` or `test` of every example. `values` "
    "says which words of the column stand for what, and then all others are for training.",
    "split: {column: part}   # one cell says `holdout`",
    "split: {column: part, values: {train: train, test: holdout}}",
)
OTHER_WORDS = declare(
    "KC424",
    "a class that the training source does not have",
    "Words of a target become numbers of classes. Where validation or test have a source of their "
    "own, the words of `data.source` decide about the numbers, so it has to know all of them.",
    "data: {source: {csv: {path: train.csv, target: kind}}, test: {csv: test.csv}}\n"
    "# test.csv has a kind that train.csv lacks",
    "data: {source: {csv: {path: all.csv, target: kind}}, split: {test: 0.2, stratify: true}}",
)
