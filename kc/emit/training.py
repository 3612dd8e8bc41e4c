"""Prints what trains a model: loss, optimizer, step, and a short loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kc.compiler.lower import bind
from kc.compiler.lower.compiled import Compiled
from kc.compiler.passes.check_training import losses
from kc.core.program import Call, LossCall, TrainingProgram, WeightCall
from kc.core.types import TensorType
from kc.emit.layout import Brackets, Code, statement
from kc.emit.model import place_name, settings
from kc.emit.names import comment, string, value
from kc.emit.sources import Sources
from kc.library.class_weights import class_weights

LOSS = '''\
def loss(params, state, inputs, targets, valid, *, key=None, train=True):
    """The total loss; beside it outputs, layer state and the loss of each output."""
'''
FORWARD = "(params, state, inputs, key=key, train=train, valid=valid)"
RETURN_LOSS = "    return sum({terms}, start=jnp.zeros(())), (outputs, state, losses)"

CONSTRAIN = '''\
def constrain(params):
    """The parameters with their constraints applied, as after every update."""
    params = {scope: dict(weights) for scope, weights in params.items()}
'''

STEP = '''\
@jax.jit
def train_step(params, state, optimizer_state, inputs, targets, valid, key):
    """One update: parameters, layer state and optimizer state after a batch, and its loss."""
    gradient = jax.value_and_grad(loss, has_aux=True)
    (total, (_, state, _)), gradients = gradient(params, state, inputs, targets, valid, key=key)
{update}
    return params, state, optimizer_state, total'''

TRAINED = '''\
def trained(layers):
    """The layers whose parameters training changes."""
    return {name: arrays for name, arrays in layers.items() if name not in FROZEN}'''

TRAIN = '''\
def train(inputs, targets):
    """Train on arrays with one row per example; the loss of each epoch is printed."""
    root = jax.random.key(SEED)
    init_key, train_key = jax.random.fold_in(root, 0), jax.random.fold_in(root, 1)
    params, state = init(init_key)
    optimizer_state = make_optimizer().init({own})
    examples = len(next(iter(targets.values())))
    steps = -(-examples // BATCH_SIZE)
    for epoch in range(1, EPOCHS + 1):
        # A last batch that is too short is filled with the first example, which does not count.
        rows = np.zeros(steps * BATCH_SIZE, int)
        rows[:examples] = {order}
        total = 0.0
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
    order = "shuffled(examples, epoch)" if spec.shuffle else "np.arange(examples)"
    return [
        _loss(training, sources),
        _optimizer(training, sources),
        *([_constrain(training, sources)] if training.constraints else []),
        constants,
        *_frozen(training),
        _step(training),
        *([SHUFFLE] if spec.shuffle else []),
        TRAIN.replace("{order}", order)
        .replace("{own}", _own(training))
        .replace("{params}", _finished(training)),
        _read(compiled),
        _random(compiled),
    ]


def _loss(training: TrainingProgram, sources: Sources) -> str:
    lines = [f"    outputs, state = apply{FORWARD}", "    losses = {}"]
    if training.activities:
        lines[0] = f"    outputs, state, activities = forward{FORWARD}"
    for loss in training.losses:
        lines += _loss_of(loss, sources)
    penalties = [*_penalties(training, sources), *_activity_penalties(training, sources)]
    terms = "losses.values()"
    if any(loss.weight != 1 for loss in training.losses):
        lines += statement(Brackets("terms = [", [_term(loss) for loss in training.losses], "]"))
        terms = "terms"
    if penalties:
        lines += statement(Brackets("penalties = [", penalties, "]"))
        terms = f"[*{terms}, *penalties]"
    return LOSS + "\n".join([*lines, RETURN_LOSS.replace("{terms}", terms)])


def _term(loss: LossCall) -> str:
    """A loss as it counts in the total."""
    value = f"losses[{string(loss.log_name)}]"
    return value if loss.weight == 1 else f"{loss.weight!r} * {value}"


def _penalties(training: TrainingProgram, sources: Sources) -> list[Code]:
    return [_of_weight(penalty, sources) for penalty in training.penalties]


def _activity_penalties(training: TrainingProgram, sources: Sources) -> list[Code]:
    name = sources.name_of(bind.activity_penalty) if training.activities else ""
    calls: list[Code] = []
    for found in training.activities:
        given = [f"activities[{string(found.value)}]", "valid", *settings(found.call, sources)]
        given += ["valid=valid"] * found.call.takes_valid
        arguments = [sources.name_of(found.call.function), *given]
        calls.append(Brackets(f"{name}(", arguments, ")"))
    return calls


def _of_weight(found: WeightCall, sources: Sources, assign: bool = False) -> Brackets:
    """A call with a weight, whose result may become the weight."""
    weight = f"params[{string(found.scope)}][{string(found.weight)}]"
    arguments = [weight, *settings(found.call, sources)]
    target = f"{weight} = " if assign else ""
    return Brackets(f"{target}{sources.name_of(found.call.function)}(", arguments, ")")


def _constrain(training: TrainingProgram, sources: Sources) -> str:
    calls = [_of_weight(found, sources, assign=True) for found in training.constraints]
    lines = [line for call in calls for line in statement(call)]
    return CONSTRAIN + "\n".join([*lines, "    return params"])


def _step(training: TrainingProgram) -> str:
    frozen = bool(training.model.frozen)
    own, gradients = ("own", "trained(gradients)") if frozen else ("params", "gradients")
    moved = f"optax.apply_updates({own}, updates)"
    if training.constraints:
        moved = f"constrain({moved})"
    lines = [
        *(["own = trained(params)"] if frozen else []),
        f"updates, optimizer_state = make_optimizer().update({gradients}, optimizer_state, {own})",
        f"params = {{**params, **{moved}}}" if frozen else f"params = {moved}",
    ]
    return STEP.replace("{update}", "\n".join(line for code in lines for line in statement(code)))


def _finished(training: TrainingProgram) -> str:
    """The parameters that training leaves behind."""
    averaged = training.optimizer.settings.get("use_ema")
    return "{**params, **optimizer_state.inner_state.average}" if averaged else "params"


def _own(training: TrainingProgram) -> str:
    """What the optimizer sees of the parameters."""
    return "trained(params)" if training.model.frozen else "params"


def _frozen(training: TrainingProgram) -> list[str]:
    if not training.model.frozen:
        return []
    names = Brackets("FROZEN = {", [string(s) for s in sorted(training.model.frozen)], "}")
    return ["\n".join(statement(names, depth=0)), TRAINED]


def _loss_of(loss: LossCall, sources: Sources) -> list[str]:
    output = string(loss.output)
    arguments = [f"targets[{output}]", f"outputs[{output}]"]
    to_reduce = ["values"]
    valid = "valid"
    counted: list[Code] = []
    if loss.mask:
        name, valid = sources.name_of(bind.mask_weights), "counted"
        counted = [f"counted = {name}(valid, outputs[{string(loss.mask)}])"]
    if loss.call.takes_valid:
        arguments.append(f"valid={valid}")
    else:
        to_reduce.append(valid)
    weights: list[Code] = []
    if loss.class_weights:
        name = sources.name_of(class_weights)
        pairs = value(loss.class_weights, sources.name_of)
        weights = [f"weights = {name}(targets[{output}], weights={pairs}) if train else None"]
        to_reduce.append("weights=weights")
    if loss.reduction != "sum_over_batch_size":
        to_reduce.append(f"reduction={string(loss.reduction)}")
    arguments += settings(loss.call, sources)
    call = Brackets(f"values = {sources.name_of(loss.call.function)}(", arguments, ")")
    place = [comment(place_name(loss.span.file_line))] if loss.span else []
    mean = f"losses[{string(loss.log_name)}] = mean_loss({', '.join(to_reduce)})"
    codes = (*place, *counted, *weights, call, mean)
    return [line for code in codes for line in statement(code)]


def _optimizer(training: TrainingProgram, sources: Sources) -> str:
    call, rate = training.optimizer, "learning_rate"
    traced = [rate] if rate in call.settings else []
    fixed = Call(call.function, **{n: v for n, v in call.settings.items() if n not in traced})
    arguments = [*(f"{name}={name}" for name in traced), *settings(fixed, sources)]
    made = Brackets(f"return {sources.name_of(call.function)}(", arguments, ")")
    given = {name: call.settings[name] for name in traced}
    schedules: list[str] = []
    for name, setting in given.items():
        if isinstance(setting, Call):
            scheduled = ["step", *settings(setting, sources)]
            code = Brackets(f"return {sources.name_of(setting.function)}(", scheduled, ")")
            schedules += ["", f"    def {name}(step):", *statement(code, depth=2)]
    values = ", ".join(
        f"{name}={name if isinstance(setting, Call) else value(setting, sources.name_of)}"
        for name, setting in given.items()
    )
    lines = [
        "def make_optimizer():",
        '    """The optimizer; its learning rate lies in its state, where it can be changed."""',
        "",
        f"    def make({', '.join(traced)}):",
        *statement(made, depth=2),
        *schedules,
        "",
        f"    return optax.inject_hyperparams(make)({values})",
    ]
    return "\n".join(lines)


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
    inputs = compiled.program.inputs
    files = {name: target_array(name, inputs) for name in targets(compiled)}
    lines = [
        "def read(path):",
        '    """Inputs and targets from the arrays of an npz file."""',
        "    arrays = np.load(path)",
        *_arrays("inputs", {name: f"arrays[{string(name)}]" for name in inputs}),
        *_arrays("targets", {name: f"arrays[{string(file)}]" for name, file in files.items()}),
        "    return inputs, targets",
    ]
    return "\n".join(lines)


def _random(compiled: Compiled) -> str:
    outputs = compiled.program.output_types
    classes = {name: kind.shape[-1] if kind.shape else 2 for name, kind in outputs.items()}
    drawn = {name: _draw(kind, 2) for name, kind in compiled.program.inputs.items()}
    wanted = {name: _draw(kind, classes[name]) for name, kind in targets(compiled).items()}
    lines = [
        f"def random_examples(size={EXAMPLES}):",
        '    """Inputs and targets to try the model with."""',
        "    rng = np.random.default_rng(SEED)",
        *_arrays("inputs", drawn),
        *_arrays("targets", wanted),
        "    return inputs, targets",
    ]
    return "\n".join(lines)


def _arrays(name: str, items: Mapping[str, str]) -> list[str]:
    return statement(
        Brackets(f"{name} = {{", [f"{string(key)}: {item}" for key, item in items.items()], "}")
    )


def _draw(kind: TensorType, classes: int) -> str:
    """Random numbers of a type; whole ones stay below the number of classes."""
    shape = f"({', '.join(['size', *map(str, kind.shape)])}{',' * (not kind.shape)})"
    if kind.is_float:
        return f"rng.random({shape}, dtype=np.float32)"
    dtype = "bool" if kind.dtype == "bool" else f"np.{kind.dtype}"
    return f"rng.integers({classes}, size={shape}, dtype={dtype})"
