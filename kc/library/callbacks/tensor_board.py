"""The history for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from kc.core import codes
from kc.core.events import Control, EpochEnd, Event, StepsEnd, TrainBegin
from kc.library import event_files
from kc.library.callback import Callback, CallbackError
from kc.library.fields import NonNegativeInt, PositiveInt
from kc.library.outputs import OutputFile, OutputPath, lost
from kc.library.rates import rate_logs

TRAIN, VALIDATION = "train", "validation"


class TensorBoard(Callback, kind="tensor_board", aka=("tensorboard",)):
    """Writes event files that ``tensorboard --logdir runs`` shows. Needs the extra ``tensorboard``.

    They have Keras's names: ``epoch_loss`` and the like in the folders ``train`` and
    ``validation`` of ``log_dir``, over epochs from 1, with the learning rates; ``batch_loss`` over
    steps. A resumed run goes on with its files. Pictures of the graph, of weights and of embeddings
    and profiles are not written.

    Source: ``keras/src/callbacks/tensorboard.py``.

    Example:
        callbacks: [{tensor_board: {histogram_freq: 1}}]
    """

    in_population = "rests"

    log_dir: OutputPath = "logs"
    """The folder, in that of the run; `fit` has it in the current one."""
    histogram_freq: NonNegativeInt = 0
    """Epochs between histograms of the weights; none with 0."""
    update_freq: Literal["epoch", "batch"] | PositiveInt = "epoch"
    """Whether the logs of the epoch so far are written after each `batch`, or steps between that;
    looking that often takes time."""
    write_steps_per_second: bool = False
    """Whether to write how many steps a second of an epoch had."""

    @property
    def step_interval(self) -> int | None:
        if isinstance(self.update_freq, int):
            return self.update_freq
        return 1 if self.update_freq == "batch" else None

    def require(self) -> None:
        if find_spec("tensorboard") is None:
            raise CallbackError(
                codes.MISSING_EXTRA,
                "tensor_board needs the package tensorboard",
                "pip install 'kc-compiler[tensorboard]'",
            )

    def watch(self) -> TensorBoardWatcher:
        return TensorBoardWatcher(self)


class TensorBoardWatcher:
    def __init__(self, config: TensorBoard) -> None:
        self.config = config
        self.files = {
            part: OutputFile(f"{config.log_dir}/{part}/{event_files.NAME}")
            for part in (TRAIN, VALIDATION)
        }
        self.step = 0
        """Steps done when the epoch began, in this process."""

    def on(self, event: Event, control: Control) -> None:
        try:
            match event:
                case TrainBegin():
                    self._begin(event, control.folder)
                case StepsEnd(step=step):
                    self._steps(step, control)
                case EpochEnd():
                    self._epoch(event, control)
                case _:
                    pass
        except OSError as error:
            lost(self.config, control, f"events in {self.config.log_dir}", error)

    def _begin(self, event: TrainBegin, folder: Path) -> None:
        self.step = event.step
        for file in self.files.values():
            if file.resumed:
                file.begin(folder, append=True)

    def _steps(self, step: int, control: Control) -> None:
        interval = self.config.step_interval
        if interval is not None and step % interval == 0:
            self._write(TRAIN, step, _scalars("batch_", control.logs()), control.folder)

    def _epoch(self, event: EpochEnd, control: Control) -> None:
        validated = {n.removeprefix("val_"): v for n, v in event.logs.items() if _validates(n)}
        trained = {name: value for name, value in event.logs.items() if not _validates(name)}
        rates = control.learning_rates()
        trained |= {name: rates[own] for own, name in rate_logs(rates).items()}
        if self.config.write_steps_per_second:
            trained["steps_per_second"] = (event.step - self.step) / max(event.seconds, 1e-9)
        self.step = event.step
        values = _scalars("epoch_", trained)
        if self.config.histogram_freq and event.epoch % self.config.histogram_freq == 0:
            values += _histograms(control.weights())
        self._write(TRAIN, event.epoch, values, control.folder)
        if validated:
            self._write(VALIDATION, event.epoch, _scalars("epoch_", validated), control.folder)

    def _write(self, part: str, step: int, values: Sequence[object], folder: Path) -> None:
        file = self.files[part]
        if file.bytes is None:
            file.begin(folder, append=True)
        content = event_files.event(step, values)
        file.add(folder, content if file.bytes else event_files.head() + content)

    def state(self) -> Mapping[str, object]:
        return {part: file.bytes for part, file in self.files.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        for part, file in self.files.items():
            file.restore(state[part])


def _validates(log: str) -> bool:
    return log.startswith("val_")


def _scalars(before: str, logs: Mapping[str, float]) -> list[object]:
    return [event_files.scalar(before + name, value) for name, value in logs.items()]


def _histograms(weights: Any) -> list[object]:
    return [
        event_files.histogram(f"{scope}/{name}/histogram", array)
        for scope, arrays in weights["params"].items()
        for name, array in arrays.items()
    ]
