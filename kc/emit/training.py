"""Prints what trains a model: loss, optimizer, step, and a short loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kc.compiler.lower.compiled import Compiled
from kc.compiler.passes.check_training import losses
from kc.core.program import Call, LossCall, TrainingProgram
from kc.core.types import TensorType
from kc.emit.layout import Brackets, statement
from kc.emit.model import place_name, settings
from kc.emit.names import comment, string, value
from kc.emit.sources import Sources

LOSS = '''\
def loss(params, state, inputs, targets, valid, *, key=None, train=True):
    """The total loss; beside it outputs, layer state and the loss of each output."""
    outputs, state = apply(params, state, inputs, key=key, train=train, valid=valid)
    losses = {}
'''
RETURN_LOSS = "    return sum(losses.values(), start=jnp.zeros(())), (outputs, state, losses)"

STEP = '''\
@jax.jit
def train_step(params, state, optimizer_state, inputs, targets, valid, key):
    """One update: parameters, layer state and optimizer state after a batch, and its loss."""
    gradient = jax.value_and_grad(loss, has_aux=True)
    (total, (_, state, _)), gradients = gradient(params, state, inputs, targets, valid, key=key)
    updates, optimizer_state = make_optimizer().update(gradients, optimizer_state, params)
    return optax.apply_updates(params, updates), state, optimizer_state, total'''

TRAIN = '''\
def train(inputs, targets):
    """Train on arrays with one row per example; the loss of each epoch is printed."""
    root = jax.random.key(SEED)
    init_key, train_key = jax.random.fold_in(root, 0), jax.random.fold_in(root, 1)
    params, state = init(init_key)
    optimizer_state = make_optimizer().init(params)
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
    return params, state'''

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
        constants,
        STEP,
        *([SHUFFLE] if spec.shuffle else []),
        TRAIN.replace("{order}", order),
        _read(compiled),
        _random(compiled),
    ]


def _loss(training: TrainingProgram, sources: Sources) -> str:
    lines: list[str] = []
    for loss in training.losses:
        lines += _loss_of(loss, sources)
    return LOSS + "\n".join([*lines, RETURN_LOSS])


def _loss_of(loss: LossCall, sources: Sources) -> list[str]:
    output = string(loss.output)
    arguments = [f"targets[{output}]", f"outputs[{output}]", *settings(loss.call, sources)]
    call = Brackets(f"values = {sources.name_of(loss.call.function)}(", arguments, ")")
    place = [comment(place_name(loss.span.file_line))] if loss.span else []
    mean = f"losses[{string(loss.log_name)}] = mean_loss(values, valid)"
    return [line for code in (*place, call, mean) for line in statement(code)]


def _optimizer(training: TrainingProgram, sources: Sources) -> str:
    call, rate = training.optimizer, "learning_rate"
    traced = [rate] if rate in call.settings else []
    fixed = Call(call.function, **{n: v for n, v in call.settings.items() if n not in traced})
    arguments = [*(f"{name}={name}" for name in traced), *settings(fixed, sources)]
    made = Brackets(f"return {sources.name_of(call.function)}(", arguments, ")")
    values = ", ".join(f"{n}={value(call.settings[n], sources.name_of)}" for n in traced)
    lines = [
        "def make_optimizer():",
        '    """The optimizer; its learning rate lies in its state, where it can be changed."""',
        "",
        f"    def make({', '.join(traced)}):",
        *statement(made, depth=2),
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
