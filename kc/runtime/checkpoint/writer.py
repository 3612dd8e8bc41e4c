"""Writes beside the training: a thread of its own for one save at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

Save = Callable[[], None]


class Writer:
    """Carries out one save at a time; whoever has another one waits for it.

    None is dropped in favour of a newer one: it may be the one with the best score. So memory holds
    one state on its way to the disk, and a disk that is too slow slows training down.
    """

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._defect: Exception | None = None

    def start(self, save: Save) -> None:
        """Carry out a save, once the one before it is done."""
        self.wait()
        # A daemon: a disk that hangs must not keep a process that was told to end.
        self._thread = Thread(target=self._run, args=(save,), name="kc-checkpoint", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is being saved. A signal may interrupt this.

        Raises:
            Exception: what the save raised: a defect.
        """
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        defect, self._defect = self._defect, None
        if defect is not None:
            raise defect

    def _run(self, save: Save) -> None:
        try:
            save()
        except Exception as error:  # noqa: BLE001  # raised again where somebody sees it
            self._defect = error
