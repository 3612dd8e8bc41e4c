"""Every diagnostic kc can give, by hundreds: 0 YAML, 1 schema, 2 names and expressions,
3 shapes, 4 data, 5 training, 8 lint, 9 interop. ``kc explain KC301`` prints one.
"""  # noqa: D205

from __future__ import annotations

from kc.core.diagnostic import Code, Severity

CODES: dict[str, Code] = {}


def _code(
    id: str, title: str, why: str, bad: str, good: str, severity: Severity = Severity.ERROR
) -> Code:
    code = Code(id, title, why, bad.strip("\n"), good.strip("\n"), severity)
    CODES[id] = code
    return code


# 0xx: reading YAML

YAML_SYNTAX = _code(
    "KC001",
    "the text is not YAML",
    "The file could not be parsed. Indent with spaces, close every bracket and quote, and put a "
    "space after each colon. `$name` stands unquoted inside `{}`; `${name}` does not.",
    "model: {inputs: {x: [4]}",
    "model: {inputs: {x: [4]}}",
)
ENCODING = _code(
    "KC002",
    "the file is not UTF-8 text",
    "Specs are UTF-8 text without control characters, so that they read the same everywhere.",
    "name: caf\\xe9   # Latin-1",
    "name: café     # UTF-8",
)
DUPLICATE_KEY = _code(
    "KC003",
    "a key stands twice in one map",
    "YAML readers silently keep the last of two equal keys, which hides mistakes.",
    "training: {epochs: 5, epochs: 50}",
    "training: {epochs: 50}",
)
TAG = _code(
    "KC004",
    "tags are not allowed",
    "A tag (`!name`) asks a reader to construct an object. A spec is plain data.",
    "seed: !!python/object/apply:os.getpid []",
    "seed: 7",
)
SEVERAL_DOCUMENTS = _code(
    "KC005",
    "one file holds one document",
    "A spec is one experiment. Put the second document into a file of its own.",
    "kc: 1\n---\nkc: 1",
    "kc: 1",
)
MERGE_KEY = _code(
    "KC006",
    "merge keys are not allowed",
    "`<<` is not part of YAML 1.2. Name the shared value in `vars` and refer to it with `$`.",
    "- dense: {<<: *big, units: 3}",
    "- dense: {units: 3, activation: $activation}",
)
ALIAS = _code(
    "KC007",
    "an alias names no finished anchor",
    "`*name` may repeat only a value that stands, complete, above it.",
    "a: &loop [*loop]",
    "a: &one [1]\nb: *one",
)
KEY_KIND = _code(
    "KC008",
    "a key must be a word",
    "Keys of a spec are names. Lists and maps cannot be keys.",
    "[a, b]: 1",
    "ab: 1",
)
EMPTY_FILE = _code(
    "KC009",
    "the file holds no spec",
    "A spec is a map with at least `kc`, and `model`. `kc init` writes one to start from.",
    "# nothing but comments",
    "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}",
)
TOO_LARGE = _code(
    "KC010",
    "the file is too large",
    "A spec is read whole before it is checked, so its size is bounded. Data belongs in data "
    "files.",
    "# a file of 5 MB",
    "data: {source: {npz: {path: data.npz}}}",
)
TOO_MANY_NODES = _code(
    "KC011",
    "the file holds too many values",
    "The number of values is bounded, with aliases counted as often as they are used, so that no "
    "file can keep a checker busy for long.",
    "# 10 lists of 10 aliases each, nine levels deep",
    "# the values that the model needs",
)
TOO_DEEP = _code(
    "KC012",
    "the file is nested too deeply",
    "Honest specs need fewer than 15 levels. The bound protects readers from crashing.",
    "[[[[...]]]]   # 65 levels",
    "[[...]]",
)
TOO_LONG = _code(
    "KC013",
    "a value or key is too long",
    "Keys have at most 256 characters and values 64 KB, so that messages stay readable.",
    "name: aaaa...   # 70,000 letters",
    "name: baseline",
)
NUMBER_SIZE = _code(
    "KC014",
    "a number is too large",
    "Integers lie between -2^63 and 2^63 - 1, and floats are finite.",
    "units: 99999999999999999999",
    "units: 128",
)
UNREADABLE = _code(
    "KC015",
    "a file cannot be read",
    "The path does not exist, is no regular file, or may not be read by this user.",
    "kc validate missing.yaml",
    "kc validate spec.yaml",
)

BASE_OUTSIDE = _code(
    "KC016",
    "a base outside of the spec's folder",
    "`extends` names files beside the spec that the command names, or below it. Links are followed "
    "first. `--root` widens the folder.",
    "extends: ../../etc/passwd",
    "extends: base.yaml",
)
BASE_CIRCLE = _code(
    "KC017",
    "specs that extend each other in a circle",
    "A spec is laid over its bases, so none of them can wait for it.",
    "# a.yaml\nextends: b.yaml\n# b.yaml\nextends: a.yaml",
    "# a.yaml\nextends: common.yaml\n# b.yaml\nextends: common.yaml",
)
BASE_LIMIT = _code(
    "KC018",
    "a spec with too many bases",
    "A spec and all that it extends are at most 16 files and 4 MB, so that no spec can keep a "
    "checker busy for long.",
    "extends: [a01.yaml, a02.yaml, ..., a20.yaml]",
    "extends: [model.yaml, data.yaml]",
)
BASE_UNREADABLE = _code(
    "KC019",
    "a base that cannot be read",
    "The path behind `extends` does not exist, is no regular file, or may not be read by this "
    "user. Paths are relative to the file that names them.",
    "extends: bsae.yaml",
    "extends: base.yaml",
)

# 1xx: the schema

UNKNOWN_KEY = _code(
    "KC101",
    "an unknown key",
    "Every key of a spec means something. A key that kc does not know is most often misspelt, and "
    "ignoring it would train another model than the one written.",
    "- dense: {unit: 10}",
    "- dense: {units: 10}",
)
MISSING_KEY = _code(
    "KC102",
    "a required key is missing",
    "The value has no default, so it has to be written.",
    "- dense: {activation: relu}",
    "- dense: {units: 10, activation: relu}",
)
WRONG_TYPE = _code(
    "KC103",
    "a value of the wrong type",
    'Types are strict: `"64"` is text, `64` a whole number, `64.0` a fraction, `yes` a word. In a '
    "numeric field, text is read as an arithmetic expression.",
    "- dense: {units: many}",
    "- dense: {units: 10}",
)
NOT_ALLOWED = _code(
    "KC104",
    "a value outside of what is allowed",
    "The type is right, but the value lies outside of the range or the list of words.",
    "- dropout: 1.5",
    "- dropout: 0.5",
)
UNKNOWN_ENTRY = _code(
    "KC105",
    "an entry that the library does not have",
    "Layers, losses, metrics, optimizers, callbacks and sources go by one name each: the "
    "snake_case form of the name in Keras.",
    "- conv_2d: {filters: 8, kernel_size: 3}",
    "- conv2d: {filters: 8, kernel_size: 3}",
)
TWO_ENTRIES = _code(
    "KC106",
    "two entries in one item",
    "A layer item holds one entry; `name`, `from` and `use` stand beside it. A second entry is a "
    "second item of the list.",
    "- {dense: 10, dropout: 0.3}",
    "- dense: 10\n- dropout: 0.3",
)
NO_ENTRY = _code(
    "KC107",
    "an item without an entry",
    "A layer item is a word, or a map with one entry key.",
    "- {name: head}",
    "- {dense: 10, name: head}",
)
VERSION = _code(
    "KC108",
    "an unknown version of the language",
    "`kc: 1` says which version of the language the file is written in.",
    "kc: 2",
    "kc: 1",
)
CONFLICT = _code(
    "KC109",
    "arguments that exclude each other",
    "Each argument is fine by itself, but the combination has no meaning.",
    "- conv2d: {filters: 8, kernel_size: 3, strides: 2, dilation_rate: 2}",
    "- conv2d: {filters: 8, kernel_size: 3, dilation_rate: 2}",
)
PLUGIN = _code(
    "KC110",
    "a plugin cannot be used",
    "A plugin is a Python file in or below the spec's folder, or an installed package with an "
    "entry point in the group `kc.plugins`. Commands that train or predict run it, others only "
    "with `--allow-plugins`. It could not be imported, or defines an entry that exists already.",
    "plugins: [../elsewhere/my_layers.py]",
    "plugins: [my_layers.py]",
)
PLUGIN_NOT_PRINTED = _code(
    "KC111",
    "a plugin's function has no form as plain Python",
    "Generated code holds the source of every function that a model calls. So functions of plugins "
    "mention only `jax`, `jnp`, `lax`, `optax`, `math`, literals and other such functions.",
    "def scaled(x):\n    return scipy.special.erf(x)",
    "def scaled(x):\n    return jax.scipy.special.erf(x)",
    Severity.WARNING,
)

# 2xx: names and expressions

UNKNOWN_NAME = _code(
    "KC201",
    "a `$name` that nothing defines",
    "`$name` refers to a value in `vars`. `$$` writes a plain dollar sign.",
    "vars: {width: 64}\n# ...\n- dense: $widht",
    "vars: {width: 64}\n# ...\n- dense: $width",
)
EXPRESSION_SYNTAX = _code(
    "KC202",
    "text that is no expression",
    "A number may be written as arithmetic over numbers and `$names`: + - * / // % **, "
    "parentheses, min and max. There are no other functions, no attributes and no Python.",
    "- dense: 4 * (2",
    "- dense: 4 * 2",
)
EXPRESSION_LIMIT = _code(
    "KC203",
    "an expression beyond the limits",
    "Expressions have at most 256 characters, 64 tokens and 16 levels, and whole numbers up to "
    "2^63, so that evaluating one takes no time.",
    "- dense: 9**9**9",
    "- dense: 2**9",
)
CYCLIC_VARIABLES = _code(
    "KC204",
    "variables that refer to each other in a circle",
    "A variable may use others, as long as one of them is a plain value in the end.",
    "vars: {a: $b, b: $a}",
    "vars: {a: 4, b: 2 * $a}",
)
EXPRESSION_VALUE = _code(
    "KC205",
    "an expression without a value",
    "The arithmetic has no result: a division by zero, a name that is no number, or a fraction "
    "where a whole number belongs (`//` divides and rounds down).",
    "- dense: 10 / 4",
    "- dense: 10 // 4",
)
OVERRIDE = _code(
    "KC206",
    "an override that does not fit the spec",
    "`--set path=value` changes one value. The path is dotted; items of a list are addressed by "
    "their `name` or by `[i]`; the value is YAML.",
    "kc train spec.yaml --set training.epochs.many=5",
    "kc train spec.yaml --set training.epochs=5",
)
UNKNOWN_INPUT = _code(
    "KC210",
    "`from` names nothing that stands above",
    "An item takes the output of the item before it, or of what `from` names: an input or the "
    "`name` of an item above.",
    "- {dense: 4, name: hidden}\n- {dense: 1, from: hiden}",
    "- {dense: 4, name: hidden}\n- {dense: 1, from: hidden}",
)
CYCLE = _code(
    "KC211",
    "items that wait for each other",
    "The model is a graph without circles: an item can only take what stands above it.",
    "- {add: {}, from: [x, b], name: a}\n- {dense: 4, from: a, name: b}",
    "- {dense: 4, from: x, name: b}\n- {add: {}, from: [x, b], name: a}",
)
DUPLICATE_NAME = _code(
    "KC212",
    "two things of one name",
    "Names of inputs and items are unique, so that `from`, logs and weights are unambiguous.",
    "- {dense: 4, name: a}\n- {dense: 4, name: a}",
    "- {dense: 4, name: a}\n- {dense: 4, name: b}",
)
UNKNOWN_OUTPUT = _code(
    "KC213",
    "an output that names nothing",
    "`outputs` names items of the model: one, a list, or a map from output to item. Losses and "
    "metrics of several outputs are maps with the same keys.",
    "outputs: [lable]",
    "outputs: [label]",
)
UNKNOWN_SHARED = _code(
    "KC214",
    "`use` names no shared part",
    "`use` takes a part from `model.shared`; every use has the same weights.",
    "- {use: encodr, from: left}",
    "- {use: encoder, from: left}",
)
NAME_FORM = _code(
    "KC215",
    "a name that is no identifier",
    "Names are letters, digits and `_`, and begin with a letter: they become names in logs, in "
    "weight files and in generated code.",
    "- {dense: 4, name: ../a}",
    "- {dense: 4, name: a}",
)
SEVERAL_OUTPUTS = _code(
    "KC220",
    "an item with several outputs, and none chosen",
    "A layer with `return_state: true` makes its states beside its output, and `bidirectional` "
    "without a `merge_mode` makes two outputs. `from` and `outputs` then name one: "
    "`NAME.output`, `NAME.state_h`.",
    "- {lstm: {units: 4, return_state: true}, name: a}\n- {dense: 1, from: a}",
    "- {lstm: {units: 4, return_state: true}, name: a}\n- {dense: 1, from: a.state_h}",
)

PATCH = _code(
    "KC221",
    "a patch that does not fit its list",
    "A map over a list of items changes items by their names: `name`, or kind and number as kc "
    "names them. A map changes parts of an item, a word its entry, null removes it.",
    "# base.yaml has `- {dense: 8, name: head}`\nmodel: {layers: {haed: {dense: 4}}}",
    "# base.yaml has `- {dense: 8, name: head}`\nmodel: {layers: {head: {dense: 4}}}",
)
UNKNOWN_PROFILE = _code(
    "KC222",
    "a profile that the spec does not have",
    "`--profile` names a part of the section `profiles`.",
    "kc train spec.yaml --profile smoek",
    "kc train spec.yaml --profile smoke",
)
BLOCK = _code(
    "KC223",
    "a block that is not defined as one",
    "A block has `layers`, and maybe `params` and `inputs`. A parameter has a type, and is then "
    "required, or a default, whose type is its own. A block cannot be called like a layer of the "
    "library.",
    "blocks: {dense: {layers: [relu]}}",
    "blocks: {unit: {params: {width: int}, layers: [{dense: $width}, relu]}}",
)
BLOCK_CIRCLE = _code(
    "KC224",
    "blocks that use each other in a circle",
    "A block is written out where it is used, which would never end here. `repeat` stacks a block.",
    "blocks: {a: {layers: [b]}, b: {layers: [a]}}",
    "blocks: {a: {layers: [b]}, b: {layers: [relu]}}",
)
REPETITION = _code(
    "KC225",
    "an item that cannot be repeated so",
    "`repeat` is a whole number from 0. `for` has lists of one length, one for each name. An item "
    "has one of them.",
    "- {dense: 8, for: {rate: [1, 2], width: [4, 8, 16]}}",
    "- {dense: 8, for: {rate: [1, 2], width: [4, 8]}}",
)

# 3xx: shapes and types

BAD_INPUT_TYPE = _code(
    "KC301",
    "a layer cannot take its input",
    "The shape or the type of a layer's input does not fit the layer or its arguments. Shapes are "
    "written without the batch: `float32[batch, 8, 8, 1]` is an input `[8, 8, 1]`.",
    "- flatten\n- conv2d: {filters: 8, kernel_size: 3}",
    "- conv2d: {filters: 8, kernel_size: 3}\n- flatten",
)
INPUT_COUNT = _code(
    "KC302",
    "a wrong number of inputs",
    "Most layers take one input; merging layers take two or more, named in `from`.",
    "- {dense: 4, from: [a, b]}",
    "- {concatenate: {}, from: [a, b]}\n- dense: 4",
)
TOO_MANY_ELEMENTS = _code(
    "KC303",
    "a tensor is too large",
    "No single tensor may hold more than 2^40 elements. The product of the sizes is checked before "
    "anything is allocated.",
    "- dense: 1000000000000",
    "- dense: 1000",
)
SHARED_SHAPE = _code(
    "KC304",
    "a shared part used on different shapes",
    "All uses of a shared part have the same weights, so their inputs need the same shape.",
    "shared: {encoder: [{dense: 8}]}   # used on [4] and on [5]",
    "shared: {encoder: [{dense: 8}]}   # used on [4] and on [4]",
)
TOO_MANY_LAYERS = _code(
    "KC305",
    "the model has too many layers",
    "At most 20,000 layers, counted with every use of a shared part.",
    "# a shared part of 5,000 layers, used 5 times",
    "# a smaller model",
)
MASKED_INPUT = _code(
    "KC306",
    "a mask where none can be",
    "`embedding: {mask_zero: true}` and `masking` mark the steps of a sequence that are padding; "
    "layers behind them skip those. A layer that mixes steps without looking at the mask would "
    "count padding as data. `drop_mask` ends the mask where that is meant.",
    "- embedding: {input_dim: 50, output_dim: 8, mask_zero: true}\n- flatten",
    "- embedding: {input_dim: 50, output_dim: 8, mask_zero: true}\n- drop_mask\n- flatten",
)
TEXT_OUTPUT = _code(
    "KC307",
    "text as an output",
    "No device holds text. Layers that read or make text run on the host, before all others, and "
    "in the end come numbers.",
    "- {string_lookup: {vocabulary: [a, b]}}\n"
    "- {string_lookup: {vocabulary: [a, b], invert: true}}",
    "- {string_lookup: {vocabulary: [a, b]}}",
)
UNKNOWN_WEIGHT = _code(
    "KC308",
    "first values for a weight that is not there",
    "`initial` names the weights of its layer, as `kc summary` and the layer's page call them. A "
    "list of layers takes a file whose arrays are called `layer/weight`.",
    "- {dense: 2, initial: {biass: [0.1, 0.2]}}",
    "- {dense: 2, initial: {bias: [0.1, 0.2]}}",
)
INITIAL_SHAPE = _code(
    "KC309",
    "first values of another shape",
    "The layer says which shape a weight has; first values have exactly that one.",
    "- {dense: 2, initial: {bias: [0.1, 0.2, 0.3]}}",
    "- {dense: 2, initial: {bias: [0.1, 0.2]}}",
)
INITIAL_TWICE = _code(
    "KC310",
    "first values that are given twice",
    "All uses of a shared part have the same weights, so one use can give them first values.",
    "- {use: encoder, from: a, initial: one.npz}\n- {use: encoder, from: b, initial: two.npz}",
    "- {use: encoder, from: a, initial: one.npz}\n- {use: encoder, from: b}",
)
INITIAL_FILE = _code(
    "KC311",
    "a file of first values that does not fit the layer",
    "The file is read before the first step. It has to hold every weight of the layer, in its "
    "shape, and beside them no other arrays of the same layer. Arrays are called `kernel`, or "
    "`dense/kernel` as kc writes them; those of other layers do not matter.",
    "- {dense: 2, initial: weights.npz}     # np.savez('weights.npz', w=kernel, b=bias)",
    "- {dense: 2, initial: weights.npz}     # np.savez('weights.npz', kernel=kernel, bias=bias)",
)

# 4xx: data

DATA_FILE = _code(
    "KC401",
    "a data file cannot be read",
    "Paths are relative to the spec. The file must exist and be of the format that the source "
    "reads.",
    "data: {source: {csv: {path: wnie.csv, target: class}}}",
    "data: {source: {csv: {path: wine.csv, target: class}}}",
)
CSV_COLUMN = _code(
    "KC402",
    "a column that the table does not have",
    "`target` and `features` name columns of the first line of the file.",
    "csv: {path: wine.csv, target: klass}",
    "csv: {path: wine.csv, target: class}",
)
CSV_VALUE = _code(
    "KC403",
    "a word among numbers",
    "Every feature is a finite number. An empty cell or a word has to be mended in the file, or "
    "the column left out with `features`.",
    "alcohol,class\n13.2,0\nn/a,1",
    "alcohol,class\n13.2,0\n12.9,1",
)
NPZ_FILE = _code(
    "KC404",
    "an npz file that holds more than arrays",
    "Object arrays are stored as pickles, and unpickling runs code. kc reads arrays of numbers "
    "only.",
    "np.savez('data.npz', x=np.array([{}], dtype=object))",
    "np.savez('data.npz', x=np.zeros((8, 4)), y=np.zeros(8))",
)
NO_ARRAY = _code(
    "KC405",
    "an array that the data does not have",
    "Inputs of the model are matched to arrays of the data by name; a single input takes the only "
    "array whatever its name.",
    "npz: {path: data.npz, inputs: [x_train], target: y}",
    "npz: {path: data.npz, inputs: [x], target: y}",
)
DATA_SHAPE = _code(
    "KC406",
    "data that does not fit the model",
    "The arrays of the data need the shape that `model.inputs` declares, with the batch in front.",
    "inputs: {image: [28, 28, 1]}   # the data has images of 8 x 8",
    "inputs: {image: [8, 8, 1]}",
)
LABEL_RANGE = _code(
    "KC407",
    "a label that the model has no output for",
    "Sparse labels are whole numbers from 0 up to the number of units minus one.",
    "- dense: {units: 9, activation: softmax}   # digits has labels 0 to 9",
    "- dense: {units: 10, activation: softmax}",
)
DATA_LENGTH = _code(
    "KC408",
    "arrays of different length",
    "Every input and every target has one row per example.",
    "model.fit(x[:100], y[:99])",
    "model.fit(x[:100], y[:100])",
)
EMPTY_SPLIT = _code(
    "KC409",
    "a split that leaves nothing",
    "Training, validation and test each need at least one example.",
    "split: {validation: 0.6, test: 0.4}",
    "split: {validation: 0.2, test: 0.2}",
)
MISSING_EXTRA = _code(
    "KC410",
    "a package that is not installed",
    "Heavy packages are extras of kc, installed when a spec needs them.",
    "pip install kc-compiler",
    "pip install 'kc-compiler[datasets]'",
)
NO_DATA = _code(
    "KC411",
    "a spec without data",
    "`kc train` and `kc evaluate` take their examples from the section `data`. From Python, arrays "
    "are passed to `fit` instead.",
    "kc: 1\nmodel: {}",
    "kc: 1\ndata: {source: digits}\nmodel: {}",
)
DATA_PATH = _code(
    "KC412",
    "a path outside of the spec's folder",
    "A spec reads only files beside or below it, so that running one reveals nothing else.",
    "csv: {path: ../../etc/passwd, target: x}",
    "csv: {path: wine.csv, target: class}",
)
TARGET_MISSING = _code(
    "KC413",
    "no target for an output",
    "Each output with a loss needs an array of targets of the same name; a single output takes the "
    "only target whatever its name.",
    "loss: {age: mse, sex: bce}   # the data has one target",
    "loss: {age: mean_squared_error}",
)
DATA_VALUE = _code(
    "KC414",
    "a value in the data that is no number",
    "NaN and infinity in inputs or targets would spread into every weight at the first step.",
    "x = [[1.0, nan]]",
    "x = [[1.0, 0.0]]",
)

NO_CLASSES = _code(
    "KC415",
    "nothing to stratify by",
    "`stratify` gives each part of the data its share of every class, so it needs one target, and "
    "one with classes.",
    "split: {test: 0.2, stratify: true}   # the target is a price",
    "split: {test: 0.2}",
)

# 5xx: training and running

NOT_FINITE = _code(
    "KC501",
    "the loss is not finite",
    "A step ended in NaN or infinity. Usual causes: a learning rate too high, a logarithm or a "
    "division of zero, inputs on a wild scale.",
    "optimizer: {sgd: {learning_rate: 1000}}",
    "optimizer: {sgd: {learning_rate: 0.01}}",
)
TRACE_FAILED = _code(
    "KC502",
    "JAX refused a layer while tracing",
    "The layer passed kc's own checks, but its JAX function failed. This is a gap in the checks "
    "(please report it) or an error in a custom layer.",
    "# a custom layer that multiplies shapes which do not match",
    "# the layer with `infer` telling the shapes it takes",
)
CHECKPOINT_DAMAGED = _code(
    "KC503",
    "a checkpoint is damaged",
    "The file is not the one that was written: its size or its SHA-256 differs from the index. It "
    "is never opened; the one before it is used instead.",
    "truncate -s 1000 runs/digits/checkpoints/step-00000120.h5",
    "kc train runs/digits --resume   # goes on from the checkpoint before it",
    Severity.WARNING,
)
SPEC_CHANGED = _code(
    "KC504",
    "the spec changed since the checkpoint",
    "Resuming under another spec would end in a model that no spec describes. Start a new run, or "
    "undo the change. More epochs are fine.",
    "kc train spec.yaml --resume --set model.layers[0].dense.units=7",
    "kc train spec.yaml --resume",
)
SAVE_FAILED = _code(
    "KC505",
    "a checkpoint could not be saved",
    "Writing, syncing or renaming the file failed, most often because the disk is full. Training "
    "goes on, the checkpoints before it are kept, and the next save tries again.",
    "# a disk with less room than one checkpoint",
    "checkpoint: {keep: {last: 1}}   # or make room",
    Severity.WARNING,
)
NO_CHECKPOINT = _code(
    "KC506",
    "nothing to resume",
    "No run with an acknowledged, undamaged checkpoint was found.",
    "kc train spec.yaml --resume   # before any run",
    "kc train spec.yaml",
)
RUN_BUSY = _code(
    "KC507",
    "another process works on this run",
    "Two processes that write one run folder would spoil it.",
    "kc train runs/digits --resume &\nkc train runs/digits --resume",
    "kc train runs/digits --resume",
)
NO_TRAINING = _code(
    "KC508",
    "a spec without training",
    "Training and evaluating need a loss and an optimizer.",
    "kc: 1\nmodel: {}",
    "kc: 1\nmodel: {}\ntraining: {loss: mean_squared_error, optimizer: adam}",
)
BAD_TARGET = _code(
    "KC509",
    "a loss that does not fit its output or target",
    "A loss compares an output with a target of a certain shape.",
    "loss: categorical_crossentropy   # with labels 0..9 instead of one-hot rows",
    "loss: sparse_categorical_crossentropy",
)
UNKNOWN_MONITOR = _code(
    "KC510",
    "a monitor that no epoch logs",
    "Callbacks watch the names that an epoch logs: `loss`, the metrics, and both with `val_` where "
    "there is validation data.",
    "early_stopping: {monitor: val_acc}",
    "early_stopping: {monitor: val_accuracy}",
)
NOT_A_MODEL = _code(
    "KC511",
    "a file that is no model of kc",
    "`kc.load` reads specs and files that `model.save` wrote. Nothing in such a file is executed, "
    "and arrays are read only where the spec expects them.",
    "kc.load('photo.png')",
    "kc.load('model.h5')",
)
WEIGHTS_MISMATCH = _code(
    "KC512",
    "stored weights that do not fit the model",
    "Each stored array needs the name, shape and type that the spec gives it, and must lie in the "
    "file itself: links and virtual data are refused.",
    "# model.h5 with an external link in place of an array",
    "model.save('model.h5')",
)
DATA_CHANGED = _code(
    "KC513",
    "the data changed since the checkpoint",
    "Resuming on other data would not be the run that was started.",
    "echo 1,2,3 >> wine.csv; kc train runs/wine --resume",
    "kc train spec.yaml   # a new run",
)
NOT_EXACT = _code(
    "KC514",
    "continued, not bit-exact",
    "The run goes on, but the versions, the device or the flags differ from those it began with, "
    "so the last bits of the result may differ from an uninterrupted run.",
    "# resumed on a processor with other instructions",
    "# resumed on the same kind of machine with the same versions",
    Severity.WARNING,
)
RUN_FOLDER = _code(
    "KC515",
    "a folder that cannot hold a run",
    "The folder for a new run must not exist yet and must be writable; a folder to resume must "
    "hold a run.",
    "kc train spec.yaml --run-dir /proc/run",
    "kc train spec.yaml --run-dir runs/first",
)
CALLBACK_FAILED = _code(
    "KC516",
    "a callback failed",
    "The callback raised an error. The state of the training is unaffected.",
    "# a custom callback that raises",
    "# the callback mended",
)
BAD_METRIC = _code(
    "KC517",
    "a metric that does not fit its output or target",
    "A metric compares an output with the targets that the output's loss takes: with class numbers "
    "under `sparse_categorical_crossentropy`, with one value for each output under most others.",
    "metrics: [categorical_accuracy]   # under loss: sparse_categorical_crossentropy",
    "metrics: [sparse_categorical_accuracy]",
)
UNKNOWN_LAYERS = _code(
    "KC530",
    "a name that no trained layer has",
    "`trains` of a phase and `layers` of a group name layers whose weights are trained: items, "
    "shared parts with all inside of them, or patterns with `*`.",
    "groups: {head: {layers: [hed], optimizer: {sgd: 0.1}}}",
    "groups: {head: {layers: [head], optimizer: {sgd: 0.1}}}",
)
TWO_OPTIMIZERS = _code(
    "KC531",
    "a layer with two optimizers",
    "Groups divide the layers: each weight is moved by one optimizer. What no group names is moved "
    "by `optimizer`.",
    "groups: {a: {layers: [dense], optimizer: sgd}, b: {layers: ['*'], optimizer: adam}}",
    "groups: {a: {layers: [dense], optimizer: sgd}}",
)
UNTRAINED = _code(
    "KC532",
    "a layer that no phase trains",
    "With `phases`, only the layers that a phase names in `trains` are moved. What is meant to stay "
    "as it is says so with `trainable: false`.",
    "phases: {critic: {trains: [critic], ...}}   # and nobody trains `generator`",
    "phases: {critic: {trains: [critic], ...}, generator: {trains: [generator], ...}}",
)
NOT_FITTED = _code(
    "KC518",
    "a layer that has not seen data",
    "Some layers find numbers or words in the training examples: `normalization` its mean and "
    "variance, `text_vectorization` its vocabulary. `kc train` and `model.fit` do so first, and "
    "keep what they find in `resolved.yaml` and in the model file. Until then nothing can be "
    "computed.",
    "kc generate spec.yaml   # holds `- normalization`",
    "kc train spec.yaml --run-dir run\nkc generate run/resolved.yaml",
)
ORDER_LOST = _code(
    "KC540",
    "a stateful layer and rows in a random order",
    "A stateful layer reads long sequences in parts: row 3 of a batch goes on where row 3 of the "
    "batch before ended. That has a meaning only where rows keep the order of the data, in every "
    "epoch and when parts for validation and test are split off.",
    "training: {loss: mean_squared_error}   # with `lstm: {units: 8, stateful: true}`",
    "training: {loss: mean_squared_error, shuffle: false}",
)
OTHER_BATCH_SIZE = _code(
    "KC541",
    "a batch of another size than a stateful layer remembers",
    "Each row of a batch goes on where the same row of the batch before ended, so both have the "
    "same number of rows.",
    "model.train_on_batch(x[:4], y[:4])\nmodel.train_on_batch(x[4:6], y[4:6])",
    "model.train_on_batch(x[:4], y[:4])\nmodel.reset_states(batch_size=2)\n"
    "model.train_on_batch(x[4:6], y[4:6])",
)
DEVICE = _code(
    "KC701",
    "a device that JAX does not have",
    "`--device` names a platform that JAX can use here: cpu, gpu or tpu.",
    "kc train spec.yaml --device gpu   # on a machine without one",
    "kc train spec.yaml --device cpu",
)

# 8xx: suspicious, but legal

UNUSED_NODE = _code(
    "KC801",
    "a layer that no output depends on",
    "The layer is dropped before compiling. Most often a `from` was forgotten or points elsewhere.",
    "- {dense: 4, from: x, name: unused}\n- {dense: 1, from: x}",
    "- {dense: 1, from: x}",
    Severity.WARNING,
)
LOGITS_MISMATCH = _code(
    "KC802",
    "probabilities under a loss of logits",
    "With `from_logits: true` the loss applies softmax or sigmoid itself; applying it twice "
    "flattens the gradients.",
    "- dense: {units: 10, activation: softmax}\n"
    "loss: {sparse_categorical_crossentropy: {from_logits: true}}",
    "- dense: 10\nloss: {sparse_categorical_crossentropy: {from_logits: true}}",
    Severity.WARNING,
)
NO_PROBABILITIES = _code(
    "KC803",
    "a crossentropy of values that are no probabilities",
    "The loss takes probabilities, but the output is not the result of softmax or sigmoid. Add the "
    "activation, or say `from_logits: true`.",
    "- dense: 10\nloss: sparse_categorical_crossentropy",
    "- dense: {units: 10, activation: softmax}\nloss: sparse_categorical_crossentropy",
    Severity.WARNING,
)
USELESS_BIAS = _code(
    "KC804",
    "a bias before batch normalization",
    "Batch normalization subtracts the mean and with it the bias, which costs memory and time and "
    "does nothing.",
    "- conv2d: {filters: 8, kernel_size: 3}\n- batch_normalization",
    "- conv2d: {filters: 8, kernel_size: 3, use_bias: false}\n- batch_normalization",
    Severity.WARNING,
)
UNUSED_VARIABLE = _code(
    "KC805",
    "a variable that nothing uses",
    "A value in `vars` that no `$name` refers to has no effect.",
    "vars: {width: 64}\n# ...\n- dense: 64",
    "vars: {width: 64}\n# ...\n- dense: $width",
    Severity.WARNING,
)
VANISHING_GRADIENTS = _code(
    "KC806",
    "float16 without a loss scale",
    "float16 has no numbers between 0 and 6e-8, and gradients are often smaller: training stands "
    "still without a word. `loss_scale_factor` multiplies the loss and divides the gradients. "
    "bfloat16 reaches as far as float32 and needs none.",
    "model: {precision: float16, ...}\ntraining: {optimizer: adam, ...}",
    "model: {precision: float16, ...}\n"
    "training: {optimizer: {adam: {loss_scale_factor: dynamic}}, ...}",
    Severity.WARNING,
)

UNUSED_BLOCK = _code(
    "KC807",
    "a block or parameter that nothing uses",
    "A block that no item names, and a parameter that its block does not mention, have no effect.",
    "blocks: {unit: {params: {width: 8}, layers: [{dense: 4}]}}",
    "blocks: {unit: {params: {width: 8}, layers: [{dense: $width}]}}",
    Severity.WARNING,
)

# 9xx: other libraries' files

FOREIGN_FILE = _code(
    "KC901",
    "a file of another library cannot be read",
    "The file is none of the formats that `kc import` knows, or it is damaged. Formats are told by "
    "content; nothing in a file is executed or imported, so pickled models cannot be read at all.",
    "kc import model.pkl",
    "kc import model.keras",
)
FOREIGN_UNSAFE = _code(
    "KC902",
    "a file that is more than data",
    "Links to other files, external or virtual storage, paths out of an archive, and parts that "
    "are far larger than the model needs have no honest use in a model file. Nothing is read.",
    "kc import model.h5     # with an external link",
    "kc import model.h5     # saved again by the library that trained it",
)
FOREIGN_LAYER = _code(
    "KC903",
    "a layer or model that kc does not have",
    "Layers are looked up in a closed table by the class name in the file. A Lambda, a custom "
    "layer, a wrapped model of another framework or a layer that kc lacks cannot be imported.",
    "keras.layers.Lambda(lambda x: x / 255)",
    "keras.layers.Rescaling(1 / 255)",
)
FOREIGN_ARGUMENT = _code(
    "KC904",
    "an argument of a layer that kc does not have",
    "Every argument in the file is either understood or refused: one that is passed over would "
    "give another model.",
    "keras.layers.Conv2D(8, 3, data_format='channels_first')",
    "keras.layers.Conv2D(8, 3)",
)
FOREIGN_WEIGHTS = _code(
    "KC905",
    "weights do not fit the model",
    "The model says which arrays there are, and of which shapes. An array that is missing, of "
    "another shape or type, or beside those is refused before any is read.",
    "kc import other.weights.h5 --spec spec.yaml",
    "kc import model.weights.h5 --spec spec.yaml",
)
NOT_EXPORTED = _code(
    "KC906",
    "a model that the format cannot hold",
    "A layer or setting has no counterpart in the other library, or not under these arguments.",
    "- dense: {units: 4, activation: {elu: 0.5}}",
    "- dense: 4\n- elu: 0.5",
)
LEFT_OUT = _code(
    "KC907",
    "a part of a file is left out",
    "The model is imported, but something beside it, such as the loss or the optimizer, has no "
    "counterpart here.",
    "model.compile(loss=my_loss)",
    "model.compile(loss='mean_squared_error')",
    Severity.WARNING,
)
