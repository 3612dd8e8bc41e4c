"""Codes 0xx."""

from __future__ import annotations

from kc.core.codes.declare import declare

YAML_SYNTAX = declare(
    "KC001",
    "the text is not YAML",
    "The file could not be parsed. Indent with spaces, close every bracket and quote, and put a "
    "space after each colon. `$name` stands unquoted inside `{}`; `${name}` does not.",
    "model: {inputs: {x: [4]}",
    "model: {inputs: {x: [4]}}",
)
ENCODING = declare(
    "KC002",
    "the file is not UTF-8 text",
    "Specs are UTF-8 text without control characters, so that they read the same everywhere.",
    "name: caf\\xe9   # Latin-1",
    "name: café     # UTF-8",
)
DUPLICATE_KEY = declare(
    "KC003",
    "a key stands twice in one map",
    "YAML readers silently keep the last of two equal keys, which hides mistakes.",
    "training: {epochs: 5, epochs: 50}",
    "training: {epochs: 50}",
)
TAG = declare(
    "KC004",
    "tags are not allowed",
    "A tag (`!name`) asks a reader to construct an object. A spec is plain data.",
    "seed: !!python/object/apply:os.getpid []",
    "seed: 7",
)
SEVERAL_DOCUMENTS = declare(
    "KC005",
    "one file holds one document",
    "A spec is one experiment. Put the second document into a file of its own.",
    "kc: 1\n---\nkc: 1",
    "kc: 1",
)
MERGE_KEY = declare(
    "KC006",
    "merge keys are not allowed",
    "`<<` is not part of YAML 1.2. Name the shared value in `vars` and refer to it with `$`.",
    "- dense: {<<: *big, units: 3}",
    "- dense: {units: 3, activation: $activation}",
)
ALIAS = declare(
    "KC007",
    "an alias names no finished anchor",
    "`*name` may repeat only a value that stands, complete, above it.",
    "a: &loop [*loop]",
    "a: &one [1]\nb: *one",
)
KEY_KIND = declare(
    "KC008",
    "a key must be a word",
    "Keys of a spec are names. Lists and maps cannot be keys.",
    "[a, b]: 1",
    "ab: 1",
)
EMPTY_FILE = declare(
    "KC009",
    "the file holds no spec",
    "A spec is a map with at least `kc`, and `model`. `kc init` writes one to start from.",
    "# nothing but comments",
    "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}",
)
TOO_LARGE = declare(
    "KC010",
    "the file is too large",
    "A spec is read whole before it is checked, so its size is bounded. Data belongs in data "
    "files.",
    "# a file of 5 MB",
    "data: {source: {npz: {path: data.npz}}}",
)
TOO_MANY_NODES = declare(
    "KC011",
    "the file holds too many values",
    "The number of values is bounded, with aliases counted as often as they are used, so that no "
    "file can keep a checker busy for long.",
    "# 10 lists of 10 aliases each, nine levels deep",
    "# the values that the model needs",
)
TOO_DEEP = declare(
    "KC012",
    "the file is nested too deeply",
    "Honest specs need fewer than 15 levels. The bound protects readers from crashing.",
    "[[[[...]]]]   # 65 levels",
    "[[...]]",
)
TOO_LONG = declare(
    "KC013",
    "a value or key is too long",
    "Keys have at most 256 characters and values 64 KB, so that messages stay readable.",
    "name: aaaa...   # 70,000 letters",
    "name: baseline",
)
NUMBER_SIZE = declare(
    "KC014",
    "a number is too large",
    "Integers lie between -2^63 and 2^63 - 1, and floats are finite.",
    "units: 99999999999999999999",
    "units: 128",
)
UNREADABLE = declare(
    "KC015",
    "a file cannot be read",
    "The path does not exist, is no regular file, or may not be read by this user.",
    "kc validate missing.yaml",
    "kc validate spec.yaml",
)
BASE_OUTSIDE = declare(
    "KC016",
    "a base outside of the spec's folder",
    "`extends` names files beside the spec that the command names, or below it. Links are followed "
    "first. `--root` widens the folder.",
    "extends: ../../etc/passwd",
    "extends: base.yaml",
)
BASE_CIRCLE = declare(
    "KC017",
    "specs that extend each other in a circle",
    "A spec is laid over its bases, so none of them can wait for it.",
    "# a.yaml\nextends: b.yaml\n# b.yaml\nextends: a.yaml",
    "# a.yaml\nextends: common.yaml\n# b.yaml\nextends: common.yaml",
)
BASE_LIMIT = declare(
    "KC018",
    "a spec with too many bases",
    "A spec and all that it extends are at most 16 files and 4 MB, so that no spec can keep a "
    "checker busy for long.",
    "extends: [a01.yaml, a02.yaml, ..., a20.yaml]",
    "extends: [model.yaml, data.yaml]",
)
BASE_UNREADABLE = declare(
    "KC019",
    "a base that cannot be read",
    "The path behind `extends` does not exist, is no regular file, or may not be read by this "
    "user. Paths are relative to the file that names them.",
    "extends: bsae.yaml",
    "extends: base.yaml",
)
NO_LOCK = declare(
    "KC020",
    "a spec without a lock",
    "`kc validate --locked` compares a spec with what it meant when `kc lock` ran last. The file "
    "`spec.lock.json` stands beside `spec.yaml` and is kept under version control with it.",
    "kc validate --locked spec.yaml   # before any `kc lock`",
    "kc lock spec.yaml\nkc validate --locked spec.yaml",
)
BAD_LOCK = declare(
    "KC021",
    "a lock that cannot be used",
    "The file is no lock, is damaged, or was written by a version of kc that this one does not "
    "know.",
    "kc validate --locked spec.yaml   # after a conflict of versions in `spec.lock.json`",
    "kc lock spec.yaml\nkc validate --locked spec.yaml",
)
LOCK_CHANGED = declare(
    "KC022",
    "a spec that no longer means what its lock says",
    "Comments, order of keys, names of variables and values that are the default anyway may "
    "change. Layers, shapes, parameters and settings may not, unless `kc lock` is run again.",
    "kc validate --locked spec.yaml   # after `units: 64` became `units: 128`",
    "kc lock spec.yaml\nkc validate --locked spec.yaml",
)
