"""Prints what a model is trained with: its losses, and a short loop over examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kc.compiler.lower import objective
from kc.compiler.lower.assemble import made_up_sizes
from kc.compiler.lower.compiled import Compiled
from kc.compiler.passes.objectives import losses
from kc.core.program import (
    Computed,
    Constant,
    LossCall,
    PhaseCall,
    TrainingProgram,
)
from kc.core.sizes import known
from kc.core.types import TensorType
from kc.emit.calls import place_name, settings
from kc.emit.layout import Brackets, Code, statement
from kc.emit.names import comment, string, value
from kc.emit.sources import Sources
from kc.emit.steps import finished, first_memory, of_weight, print_steps
from kc.library.class_weights import class_weights

LOSS = '''\
def {name}(params, state, inputs, targets, valid, *, key=None, train=True):
    """The total loss; beside it outputs, layer state and the loss of each output."""
'''
FORWARD = "(params, state, inputs, key=key, train=train, valid=valid)"
RETURN_LOSS = "    return sum({terms}, start=jnp.zeros(())), (outputs, state, losses)"

TRAIN = '''\
def train(inputs, targets):
    """Train on arrays with one row per example; the loss of each epoch is printed."""
    root = jax.random.key(SEED)
    init_key, train_key = jax.random.fold_in(root, 0), jax.random.fold_in(root, 1)
    params, state = init({init})
{memory}
    examples = len(next(iter({some}.values())))
    steps = -(-examples // BATCH_SIZE)
    for epoch in range(1, EPOCHS + 1):
        # A last batch that is too short is filled with the first example, which does not count.
        rows = np.zeros(steps * BATCH_SIZE, int)
        rows[:examples] = {order}
        total = 0.0{forget}
        for step in range(steps):
            places = np.arange(step * BATCH_SIZE, (step + 1) * BATCH_SIZE)
            valid = (places < examples).astype(np.float32)
            params, state, optimizer_state, value = train_step(
                params,
                state,
                optimizer_state,
                {name: array[rows[places]] for name, array in inputs.items()},
                {name: array[rows[places]] for name, array in targets.items()},
                valid,
                jax.random.fold_in(train_key, (epoch - 1) * steps + step),
            )
            total += value * valid.sum()
        print(f"epoch {epoch}/{EPOCHS}: loss {total / examples:.4f}")
    return {params}, state'''

FORGET = "\n        state = forget(state, BATCH_SIZE)"
SHUFFLE = '''\
def shuffled(size, epoch):
    """The numbers below size in an order that follows from the seed and the epoch."""
    bits = np.random.Philox(key=np.array([SEED, epoch], np.uint64)).random_raw(size)
    return np.argsort(bits, kind="stable")'''

MAIN = """\
if __name__ == "__main__":
    train(*(read(sys.argv[1]) if sys.argv[1:] else random_examples()))"""

EXAMPLES = 256
"""Rows of random data."""


def print_training(training: TrainingProgram, compiled: Compiled, sources: Sources) -> list[str]:
    """The functions of the generated module from ``loss`` on."""
    spec = compiled.spec.training
    assert spec is not None
    constants = f"BATCH_SIZE = {spec.batch_size}\nEPOCHS = {spec.epochs}\nSEED = {spec.seed}"
    remembers = bool(training.model.memory)
    order = "shuffled(examples, epoch)" if spec.shuffle else "np.arange(examples)"
    return [
        *(_loss(phase, sources) for phase in training.phases),
        *print_steps(training, sources, constants),
        *([SHUFFLE] if spec.shuffle else []),
        TRAIN.replace("{order}", order)
        .replace("{init}", "init_key, BATCH_SIZE" if remembers else "init_key")
        .replace("{forget}", FORGET if remembers else "")
        .replace("{memory}", "\n".join(first_memory(training, sources)))
        .replace("{some}", "targets" if targets(compiled) else "inputs")
        .replace("{params}", finished(training)),
        _read(compiled),
        _random(compiled),
    ]


def _loss(phase: PhaseCall, sources: Sources) -> str:
    lines = [f"    outputs, state = apply{FORWARD}", "    losses = {}"]
    if phase.activities:
        lines[0] = f"    outputs, state, activities = forward{FORWARD}"
    for loss in phase.losses:
        lines += _loss_of(loss, sources)
    penalties = [*_penalties(phase, sources), *_activity_penalties(phase, sources)]
    terms = "losses.values()"
    if any(loss.weight != 1 for loss in phase.losses):
        lines += statement(Brackets("terms = [", [_term(loss) for loss in phase.losses], "]"))
        terms = "terms"
    if penalties:
        lines += statement(Brackets("penalties = [", penalties, "]"))
        terms = f"[*{terms}, *penalties]"
    return LOSS.replace("{name}", phase.log_name) + "\n".join(
        [*lines, RETURN_LOSS.replace("{terms}", terms)]
    )


def _term(loss: LossCall) -> str:
    """A loss as it counts in the total."""
    value = f"losses[{string(loss.log_name)}]"
    return value if loss.weight == 1 else f"{loss.weight!r} * {value}"


def _penalties(phase: PhaseCall, sources: Sources) -> list[Code]:
    return [of_weight(penalty, sources) for penalty in phase.penalties]


def _activity_penalties(phase: PhaseCall, sources: Sources) -> list[Code]:
    name = sources.name_of(objective.activity_penalty) if phase.activities else ""
    calls: list[Code] = []
    for found in phase.activities:
        given = [f"activities[{string(found.value)}]", "valid", *settings(found.call, sources)]
        given += ["valid=valid"] * found.call.takes_valid
        arguments = [sources.name_of(found.call.function), *given]
        calls.append(Brackets(f"{name}(", arguments, ")"))
    return calls


def _target(loss: LossCall, sources: Sources) -> Code:
    match loss.target:
        case Constant(number, kind):
            name = sources.name_of(objective.constant_target)
            given = [f"outputs[{string(loss.output)}]", f"number={number!r}"]
            given += [f"shape={kind.shape!r}", f"dtype={string(kind.dtype)}"]
            return Brackets(f"{name}(", given, ")")
        case Computed(output):
            return f"outputs[{string(output)}]"
        case name:
            return f"targets[{string(name)}]"


def _loss_of(loss: LossCall, sources: Sources) -> list[str]:
    output = string(loss.output)
    to_reduce = ["values"]
    valid = "valid"
    counted: list[Code] = []
    if loss.mask:
        name, valid = sources.name_of(objective.mask_weights), "counted"
        counted = [f"counted = {name}(valid, outputs[{string(loss.mask)}])"]
    if loss.call is None or not loss.call.takes_valid:
        to_reduce.append(valid)
    weights: list[Code] = []
    if loss.class_weights:
        name = sources.name_of(class_weights)
        pairs = value(loss.class_weights, sources.name_of)
        weights = [f"weights = {name}(targets[{output}], weights={pairs}) if train else None"]
        to_reduce.append("weights=weights")
    if loss.reduction != "sum_over_batch_size":
        to_reduce.append(f"reduction={string(loss.reduction)}")
    place = [comment(place_name(loss.span.file_line))] if loss.span else []
    mean = f"losses[{string(loss.log_name)}] = mean_loss({', '.join(to_reduce)})"
    codes = (*place, *counted, *weights, _values(loss, valid, sources), mean)
    return [line for code in codes for line in statement(code)]


def _values(loss: LossCall, valid: str, sources: Sources) -> Code:
    """The values whose mean is a loss."""
    output = f"outputs[{string(loss.output)}]"
    if loss.call is None:
        return f"values = {output}"
    arguments: list[Code] = [_target(loss, sources), output]
    arguments += [f"valid={valid}"] * loss.call.takes_valid
    arguments += settings(loss.call, sources)
    return Brackets(f"values = {sources.name_of(loss.call.function)}(", arguments, ")")


def targets(compiled: Compiled) -> Mapping[str, TensorType]:
    """Types of the targets, by output."""
    assert compiled.spec.training is not None
    types = compiled.program.output_types
    found = losses(compiled.spec.training, compiled.graph)
    return {name: loss.target(types[name]) for name, loss in found.items()}


def target_array(name: str, inputs: Collection[str]) -> str:
    """Name of a target in a file that also holds the inputs."""
    return f"{name}_target" if name in inputs else name


def _read(compiled: Compiled) -> str:
    inputs = compiled.program.taught
    files = {name: target_array(name, inputs) for name in targets(compiled)}
    lines = [
        "def read(path):",
        '    """Inputs and targets from the arrays of an npz file."""',
        "    arrays = np.load(path)",
        *_arrays("inputs", {name: _stored(name, kind) for name, kind in inputs.items()}),
        *_arrays("targets", {name: f"arrays[{string(file)}]" for name, file in files.items()}),
        f"    return {_prepared(compiled)}, targets",
    ]
    return "\n".join(lines)


def _stored(name: str, kind: TensorType) -> str:
    """An array of a file; NumPy keeps text in a type of its own."""
    return f"arrays[{string(name)}]" + ".astype(object)" * kind.is_text


def _prepared(compiled: Compiled) -> str:
    """Inputs as the device takes them."""
    return "preprocess(inputs)" if compiled.program.host else "inputs"


def _random(compiled: Compiled) -> str:
    sizes = made_up_sizes(compiled)
    outputs = {n: known(kind.at(sizes).shape) for n, kind in compiled.program.output_types.items()}
    classes = {name: shape[-1] if shape else 2 for name, shape in outputs.items()}
    drawn = {name: _draw(kind.at(sizes), 2) for name, kind in compiled.program.taught.items()}
    types = {name: kind.at(sizes) for name, kind in targets(compiled).items()}
    wanted = {name: _draw(kind, classes[name]) for name, kind in types.items()}
    lines = [
        f"def random_examples(size={EXAMPLES}):",
        '    """Inputs and targets to try the model with."""',
        "    rng = np.random.default_rng(SEED)",
        *_arrays("inputs", drawn),
        *_arrays("targets", wanted),
        f"    return {_prepared(compiled)}, targets",
    ]
    return "\n".join(lines)


def _arrays(name: str, items: Mapping[str, str]) -> list[str]:
    return statement(
        Brackets(f"{name} = {{", [f"{string(key)}: {item}" for key, item in items.items()], "}")
    )


def _draw(kind: TensorType, classes: int) -> str:
    """Random numbers of a type; whole ones stay below the number of classes."""
    shape = f"({', '.join(['size', *map(str, kind.shape)])}{',' * (not kind.shape)})"
    if kind.is_text:
        return f'rng.choice(["one", "two", "three"], size={shape}).astype(object)'
    if kind.is_float:
        return f"rng.random({shape}, dtype=np.float32)"
    dtype = "bool" if kind.dtype == "bool" else f"np.{kind.dtype}"
    return f"rng.integers({classes}, size={shape}, dtype={dtype})"
