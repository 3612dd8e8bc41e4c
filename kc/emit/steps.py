"""Prints optimizers and the training step."""

from __future__ import annotations

from collections.abc import Sequence

from kc.compiler.lower import update
from kc.core.program import (
    Call,
    OptimizerCall,
    PhaseCall,
    Program,
    TrainingProgram,
    WeightCall,
)
from kc.emit.calls import settings
from kc.emit.layout import Brackets, Code, statement
from kc.emit.names import string, value
from kc.emit.sources import Sources
from kc.library import loss_scale
from kc.library.mixing import blend, shares

CONSTRAIN = '''\
def {name}(params):
    """The parameters with their constraints applied, as after every update."""
    params = {scope: dict(weights) for scope, weights in params.items()}
'''

ARGUMENTS = "params, state, optimizer_state, inputs, targets, valid, key"

STEP = '''\
{decorator}def {name}({arguments}):
    """{what}: parameters, layer state and optimizer state after a batch, and its loss."""
{body}
    return params, state, optimizer_state, total'''

STEPS = '''\
@jax.jit
def train_step({arguments}):
    """All phases: parameters, layer state and optimizer state after them, and the loss."""
{body}
    return params, state, optimizer_state, {total}'''

SCALED = '''\
def scaled_{name}(params, state, inputs, targets, valid, *, key, scale):
    """The loss times a scale; beside it what the loss gives."""
    total, found = {name}(params, state, inputs, targets, valid, key=key)
    return total * scale, (total, *found)'''

MOVED = '''\
def moved_by(layers, tree):
    """The parameters of some layers, or their gradients."""
    return {name: tree[name] for name in layers}'''

DRAW = '''\
def draw(inputs, valid, key):
    """The inputs, with those that training draws at random."""
'''


MIX = '''\
def mix(inputs, targets, valid, key):
    """Inputs and targets of a batch as training sees them, with its examples mixed."""
'''
MIXED = "inputs, targets = mix(inputs, targets, valid, key)"


def print_steps(training: TrainingProgram, sources: Sources, constants: str) -> list[str]:
    """Optimizers, constraints and the training step, in the order in which they are needed."""
    parts = [_optimizer(own, training, sources) for own in training.optimizers]
    parts += [_constrain(phase, training, sources) for phase in training.phases]
    layers = [_layers(own, training) for own in training.optimizers if not _moves_all(training)]
    parts += [constants, "\n".join(layers), *([MOVED] if layers else [])]
    parts += [_mix(training, sources)] * bool(training.mixes)
    parts += [_draw(training.model, sources)] * bool(training.model.drawn)
    parts += [SCALED.replace("{name}", p.log_name) for p in training.phases if p.loss_scale]
    parts += [_phase(phase, training, sources) for phase in training.phases]
    parts += [_all_phases(training)] * (_turns(training) > 1)
    return [part for part in parts if part]


def _moves_all(training: TrainingProgram) -> bool:
    """Whether the only optimizer moves all that there is."""
    moved = [set(own.scopes) for own in training.optimizers]
    return moved == [set(training.model.weights)]


def _turns(training: TrainingProgram) -> int:
    return sum(phase.repeat for phase in training.phases)


def _plain_memory(training: TrainingProgram) -> bool:
    """Whether the state is that of one optimizer, without names."""
    return len(training.optimizers) == 1 and training.phases[0].loss_scale != "dynamic"


def _memory(name: str, training: TrainingProgram) -> str:
    return "optimizer_state" if _plain_memory(training) else f"optimizer_state[{string(name)}]"


def _maker(own: OptimizerCall, training: TrainingProgram) -> str:
    """The name of the function that makes an optimizer."""
    if len(training.optimizers) == 1:
        return "make_optimizer"
    return f"make_{own.name.replace('.', '_')}_optimizer"


def _constant(own: OptimizerCall, training: TrainingProgram) -> str:
    """The name of the layers that an optimizer moves."""
    return "TRAINED" if len(training.optimizers) == 1 else own.name.replace(".", "_").upper()


def _layers(own: OptimizerCall, training: TrainingProgram) -> str:
    names = [string(scope) for scope in own.scopes]
    return "\n".join(statement(Brackets(f"{_constant(own, training)} = [", names, "]"), depth=0))


def _mine(own: OptimizerCall, training: TrainingProgram, tree: str) -> str:
    return tree if _moves_all(training) else f"moved_by({_constant(own, training)}, {tree})"


def of_weight(found: WeightCall, sources: Sources, assign: bool = False) -> Brackets:
    """A call with a weight, whose result may become the weight."""
    weight = f"params[{string(found.scope)}][{string(found.weight)}]"
    arguments = [weight, *settings(found.call, sources)]
    target = f"{weight} = " if assign else ""
    return Brackets(f"{target}{sources.name_of(found.call.function)}(", arguments, ")")


def _constraints(phase: PhaseCall, training: TrainingProgram) -> list[WeightCall]:
    return [found for found in training.constraints if found.scope in phase.scopes]


def _constrain_name(phase: PhaseCall) -> str:
    return f"constrain_{phase.name}" if phase.name else "constrain"


def _constrain(phase: PhaseCall, training: TrainingProgram, sources: Sources) -> str:
    calls = [of_weight(found, sources, assign=True) for found in _constraints(phase, training)]
    if not calls:
        return ""
    lines = [line for call in calls for line in statement(call)]
    head = CONSTRAIN.replace("{name}", _constrain_name(phase))
    return head + "\n".join([*lines, "    return params"])


def _draw(program: Program, sources: Sources) -> str:
    drawn: list[Code] = ["**inputs"]
    for number, (name, call) in enumerate(program.drawn.items()):
        shape = ", ".join(["len(valid)", *map(str, program.inputs[name].shape)])
        key = f"jax.random.fold_in(key, {2**31 + number})"
        given = [key, f"({shape},)" if shape == "len(valid)" else f"({shape})"]
        given += settings(call, sources)
        drawn.append(Brackets(f"{string(name)}: {sources.name_of(call.function)}(", given, ")"))
    return DRAW + "\n".join(statement(Brackets("return {", drawn, "}")))


def _mix(training: TrainingProgram, sources: Sources) -> str:
    codes: list[Code] = []
    if training.classes:
        rows: list[Code] = ["**targets"]
        for output, size in training.classes.items():
            numbers = f"targets[{string(output)}]"
            rows.append(f"{string(output)}: {sources.name_of(shares)}({numbers}, classes={size})")
        codes.append(Brackets("targets = {", rows, "}"))
    for number, own in enumerate(training.mixes):
        key = f"key=jax.random.fold_in(key, {update.FIRST_MIX + number})"
        given = [f"inputs[{string(own.input)}]", "valid=valid", key, *settings(own.call, sources)]
        name = sources.name_of(own.call.function)
        codes.append(Brackets(f"mixed, partner, share = {name}(", given, ")"))
        codes.append(f"inputs = {{**inputs, {string(own.input)}: mixed}}")
        blended = f"name: {sources.name_of(blend)}(target, partner, share)"
        codes.append(f"targets = {{{blended} for name, target in targets.items()}}")
    lines = [line for code in codes for line in statement(code)]
    return MIX + "\n".join([*lines, "    return inputs, targets"])


def _phase(phase: PhaseCall, training: TrainingProgram, sources: Sources) -> str:
    """The step of one phase; of the only one it is the training step."""
    only = _turns(training) == 1
    codes = [MIXED] if only and training.mixes else []
    codes += _gradients(phase, training, sources)
    if not _plain_memory(training):
        codes.append("optimizer_state = dict(optimizer_state)")
    for own in phase.optimizers:
        codes += _update(own, training)
    if _constraints(phase, training):
        codes.append(f"params = {_constrain_name(phase)}(params)")
    if phase.loss_scale == "dynamic":
        codes += _skip(phase, sources)
    if len(training.phases) > 1:
        codes += _keep_state(phase, training)
    what = "One update" if only else f"The phase {phase.name}"
    return (
        STEP.replace("{decorator}", "@jax.jit\n" if only else "")
        .replace("{name}", "train_step" if only else _step_name(phase))
        .replace("{arguments}", ARGUMENTS)
        .replace("{what}", what)
        .replace("{body}", "\n".join(line for code in codes for line in statement(code)))
    )


def _step_name(phase: PhaseCall) -> str:
    return f"{phase.name}_step" if phase.name else "one_step"


def _gradients(phase: PhaseCall, training: TrainingProgram, sources: Sources) -> list[Code]:
    codes: list[Code] = []
    if phase.loss_scale is not None:
        dynamic = f"optimizer_state[{string(update.scale_name(phase))}]['scale']"
        scale = dynamic if phase.loss_scale == "dynamic" else repr(phase.loss_scale)
        codes.append(f"scale = {scale}".replace("'", '"'))
    if phase.loss_scale == "dynamic":
        codes.append("old = params, optimizer_state")
    if training.model.drawn:
        codes.append("inputs = draw(inputs, valid, key)")
    scaled = "scaled_" * (phase.loss_scale is not None)
    codes.append(f"gradient = jax.value_and_grad({scaled}{phase.log_name}, has_aux=True)")
    new = "state" if len(training.phases) == 1 else "new_state"
    found = f"(_, (total, _, {new}, _))" if scaled else f"(total, (_, {new}, _))"
    given = ["params", "state", "inputs", "targets", "valid", "key=key"]
    given += ["scale=scale"] * bool(scaled)
    codes.append(Brackets(f"{found}, gradients = gradient(", given, ")"))
    if scaled:
        codes.append(f"gradients = {sources.name_of(loss_scale.unscaled)}(gradients, scale)")
    return codes


def _update(own: OptimizerCall, training: TrainingProgram) -> list[Code]:
    """What one optimizer does to the parameters that it moves."""
    memory = _memory(own.name, training)
    whole = _moves_all(training)
    mine = "params" if whole else "own"
    given = [_mine(own, training, "gradients"), memory, mine]
    moved = f"optax.apply_updates({mine}, updates)"
    codes: list[Code] = [] if whole else [f"own = {_mine(own, training, 'params')}"]
    codes.append(Brackets(f"updates, {memory} = {_maker(own, training)}().update(", given, ")"))
    codes.append(f"params = {moved}" if whole else f"params = {{**params, **{moved}}}")
    return codes


def _skip(phase: PhaseCall, sources: Sources) -> list[Code]:
    """A step with gradients that are not finite changes the loss scale only."""
    memory = f"[{string(update.scale_name(phase))}]"
    names = {f: sources.name_of(getattr(loss_scale, f)) for f in ("all_finite", "chosen")}
    grown = sources.name_of(loss_scale.next_loss_scale)
    return [
        f"finite = {names['all_finite']}(gradients)",
        f"params, optimizer_state = {names['chosen']}(finite, (params, optimizer_state), old)",
        f"optimizer_state{memory} = {grown}(old[1]{memory}, finite)",
    ]


def _keep_state(phase: PhaseCall, training: TrainingProgram) -> list[Code]:
    """The layer state after one of several phases."""
    held = [f"{string(s)}: state[{string(s)}]" for s in update.held(training, phase)]
    return [Brackets("state = {", ["**new_state", *held], "}") if held else "state = new_state"]


def _all_phases(training: TrainingProgram) -> str:
    lines = statement(MIXED) if training.mixes else []
    first = 0
    for phase in training.phases:
        stop = first + phase.repeat
        total = f"{phase.name}_total"
        given = ["params", "state", "optimizer_state", "inputs", "targets", "valid"]
        code = f"params, state, optimizer_state, {total} = {_step_name(phase)}("
        if phase.repeat == 1:
            given.append(f"jax.random.fold_in(key, {first})")
            lines += statement(Brackets(code, given, ")"))
        else:
            given.append("jax.random.fold_in(key, number)")
            lines.append(f"    for number in range({first}, {stop}):")
            lines += statement(Brackets(code, given, ")"), depth=2)
        first = stop
    names = [f"{phase.name}_total" for phase in training.phases]
    total = names[0] if len(names) == 1 else f"sum([{', '.join(names)}], start=jnp.zeros(()))"
    return (
        STEPS.replace("{arguments}", ARGUMENTS)
        .replace("{body}", "\n".join(lines))
        .replace("{total}", total)
    )


def first_memory(training: TrainingProgram, sources: Sources) -> Sequence[str]:
    """The statement that makes the optimizers' first state."""
    made = {
        own.name: f"{_maker(own, training)}().init({_mine(own, training, 'params')})"
        for own in training.optimizers
    }
    if _plain_memory(training):
        return statement(f"optimizer_state = {next(iter(made.values()))}")
    for phase in training.phases:
        if phase.loss_scale == "dynamic":
            made[update.scale_name(phase)] = f"{sources.name_of(loss_scale.first_loss_scale)}()"
    items = [f"{string(name)}: {code}" for name, code in made.items()]
    return statement(Brackets("optimizer_state = {", items, "}"))


def finished(training: TrainingProgram) -> str:
    """The parameters that training leaves behind."""
    averages = [
        f"**{_memory(own.name, training)}.inner_state.average"
        for own in training.optimizers
        if own.call.settings.get("use_ema")
    ]
    return f"{{**params, {', '.join(averages)}}}" if averages else "params"


def _optimizer(own: OptimizerCall, training: TrainingProgram, sources: Sources) -> str:
    call, rate = own.call, "learning_rate"
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
        f"def {_maker(own, training)}():",
        '    """The optimizer; its learning rate lies in its state, where it can be changed."""',
        "",
        f"    def make({', '.join(traced)}):",
        *statement(made, depth=2),
        *schedules,
        "",
        f"    return optax.inject_hyperparams(make)({values})",
    ]
    return "\n".join(lines)
