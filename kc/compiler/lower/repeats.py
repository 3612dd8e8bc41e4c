"""Finds the steps that may run as one loop: equal iterations of a `repeat`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kc.compiler.graph.graph import Graph
from kc.compiler.graph.graph import Iteration as Place
from kc.core.program import Program, Step
from kc.core.stretches import Carried, Repeat
from kc.library.regularizers import Regularizer


def find_repeats(program: Program, graph: Graph) -> tuple[Repeat, ...]:
    """The repeats of a program that may run as scans, in order."""
    places: dict[str, list[int]] = {}
    for place, step in enumerate(program.steps):
        places.setdefault(step.scope, []).append(place)
    loops = Loops(program, graph).within(0, len(program.steps), 0)
    return tuple(repeat for repeat in loops if _stacks(repeat, program, places))


class Loops:
    """The loops of a program.

    Iterations form a loop as long as they make the same calls, with the same settings on arrays of
    the same shapes, and each reads of the others only what the one before hands on.
    """

    def __init__(self, program: Program, graph: Graph) -> None:
        self._program = program
        self._graph = graph
        self._last_reads = last_reads(program, graph)

    def within(self, first: int, stop: int, depth: int) -> Iterator[Repeat]:
        """The loops of a stretch of the steps that are inside of ``depth`` repetitions."""
        numbered = [(n, self._program.steps[n]) for n in range(first, stop)]
        for iterations in _written(numbered, self._graph, depth):
            yield from _loops(iterations, self._last_reads)


def _stacks(repeat: Repeat, program: Program, places: Mapping[str, Sequence[int]]) -> bool:
    """Whether arrays of the iterations may be stacked: nothing else uses them.

    What layers remember of each row of a batch stays as it is.
    """
    used = [places[scope] for scopes in repeat.scopes.values() for scope in scopes]
    alone = all(repeat.first <= own[0] and own[-1] < repeat.stop for own in used)
    return alone and program.memory.keys().isdisjoint(repeat.scopes)


def last_reads(program: Program, graph: Graph) -> Mapping[str, int]:
    """Position of the last step that reads each value; what leaves the model is read at the end."""
    end = len(program.steps)
    found = {name: n for n, step in enumerate(program.steps) for name in step.reads}
    penalized = [
        node.name
        for node in graph.nodes
        if isinstance(getattr(node.layer, "activity_regularizer", None), Regularizer)
    ]
    return found | dict.fromkeys([*program.outputs.values(), *penalized], end)


@dataclass(frozen=True, slots=True)
class _Iteration:
    """The steps of one iteration, and what they are apart from the names that they use."""

    place: Place
    first: int
    steps: Sequence[Step]
    form: Sequence[object]
    """What equal ones share: calls, settings, wiring inside, shapes."""
    taken: Sequence[str]
    """Values from outside, in the order in which they are first read."""
    scopes: Sequence[str]
    """In the order in which they are first used."""

    @property
    def stop(self) -> int:
        return self.first + len(self.steps)

    @property
    def made(self) -> Sequence[str]:
        return [value for step in self.steps for value in step.made]


def _written(
    steps: Sequence[tuple[int, Step]], graph: Graph, depth: int
) -> Iterator[list[_Iteration]]:
    """The iterations of each `repeat` of the spec, that many repetitions deep."""

    def place(numbered: tuple[int, Step]) -> Place | None:
        iterations = graph.index[numbered[1].node].iterations
        return iterations[depth] if len(iterations) > depth else None

    found: list[_Iteration] = []
    for repeat, group in groupby(steps, place):
        if found and (repeat is None or repeat.path != found[-1].place.path):
            yield found
            found = []
        if repeat is not None:
            numbered = list(group)
            own = [step for _, step in numbered]
            found.append(_iteration(repeat, numbered[0][0], own, graph))
    if found:
        yield found


def _iteration(place: Place, first: int, steps: Sequence[Step], graph: Graph) -> _Iteration:
    own: dict[str, str] = {}
    taken: dict[str, str] = {}
    scopes: dict[str, str] = {}
    form: list[object] = []
    keys = [step.key_index for step in steps if step.key_index is not None]

    def source(value: str) -> str:
        """A value by where it comes from."""
        return own.get(value) or taken.setdefault(value, f"taken {len(taken)}")

    for step in steps:
        mark = replace(
            step,
            output="",
            inputs=tuple(source(value) for value in step.inputs),
            masks=tuple(None if mask is None else source(mask) for mask in step.given_masks),
            parts=(),
            scope=scopes.setdefault(step.scope, f"scope {len(scopes)}"),
            key_index=None if step.key_index is None else step.key_index - keys[0],
            node="",
            span=None,
        )
        own |= {value: f"made {len(own) + n}" for n, value in enumerate(step.made)}
        node = graph.index[step.node]
        inferred = node.inferred
        assert inferred is not None
        arrays = [*inferred.weights.items(), *inferred.state.items()]
        shapes = [(name, array.shape) for name, array in arrays]
        remat = node.remat and node.remat.path.removeprefix(f"{place.path}/{place.number}")
        form.append((mark, inferred.output, inferred.parts, shapes, remat))
    form.append([_kind(value, graph) for value in taken])
    return _Iteration(place, first, steps, form, tuple(taken), tuple(scopes))


def _kind(value: str, graph: Graph) -> object:
    """What has to be equal for one value to take another one's place.

    Beside the outputs of nodes there are their masks and casts, as ``NODE:mask``.
    """
    made, _, rest = value.partition(":")
    return graph.type_of(made), rest


def _loops(iterations: Sequence[_Iteration], last_reads: Mapping[str, int]) -> Iterator[Repeat]:
    """Stretches of equal iterations, each as long as it can be."""
    run: list[_Iteration] = []
    for iteration in iterations:
        if run and not _follows(iteration, run, last_reads):
            yield from _loop(run, last_reads)
            run = []
        run.append(iteration)
    yield from _loop(run, last_reads)


def _follows(
    iteration: _Iteration, run: Sequence[_Iteration], last_reads: Mapping[str, int]
) -> bool:
    """Whether a run of equal iterations can go on with the next one."""
    first, before = run[0], run[-1]
    if iteration.form != first.form or iteration.place.number != before.place.number + 1:
        return False
    if any(last_reads.get(value, -1) >= iteration.stop for value in before.made):
        return False
    hands_on = {value: n for n, value in enumerate(before.made)}
    wiring = [hands_on.get(value, value) for value in iteration.taken]
    if len(run) > 1:
        earlier = {value: n for n, value in enumerate(run[-2].made)}
        return wiring == [earlier.get(value, value) for value in before.taken]
    return all(
        isinstance(new, int) or new == old for old, new in zip(first.taken, wiring, strict=True)
    )


def _loop(run: list[_Iteration], last_reads: Mapping[str, int]) -> Iterator[Repeat]:
    """The run as a loop, if it can be one."""
    if len(run) < 2:
        return
    first, second = run[0], run[1]
    places = {value: n for n, value in enumerate(first.made)}
    wired = zip(first.taken, second.taken, strict=True)
    handed = {places[new]: taken for taken, new in wired if new in places}
    kept = [last_reads.get(value, -1) >= run[-1].stop for value in run[-1].made]
    if any(read and place not in handed for place, read in enumerate(kept)):
        # What follows reads more of the last iteration than it would hand on: it stands alone.
        yield from _loop(run[:-1], last_reads)
        return
    columns = list(zip(*(iteration.scopes for iteration in run), strict=True))
    own = {column[0]: column for column in columns if len(set(column)) == len(run)}
    shared = {column[0] for column in columns if len(set(column)) == 1}
    # The state of a shared layer would have to be carried.
    remembers = any(step.state and step.scope in shared for step in first.steps)
    if not handed or len(own) + len(shared) < len(columns) or remembers:
        return
    yield Repeat(
        scope=first.place.scope,
        path=first.place.path,
        number=first.place.number,
        first=first.first,
        length=len(first.steps),
        times=len(run),
        carried=tuple(
            Carried(taken, first.made[place], run[-1].made[place])
            for place, taken in handed.items()
        ),
        scopes=own,
        keys=sum(step.key_index is not None for step in first.steps),
    )
