"""What is slow to make and asked for often: made once, and anew when it no longer holds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from contextvars import copy_context
from typing import Generic, TypeVar

V = TypeVar("V")
LOG = logging.getLogger(__name__)


class Kept(Generic[V]):
    """Values by their places, each with the state of things that it was made of.

    Who asks when the state is another is given the old value at once, while the new one is made in
    a thread of its own; only the first has to wait.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[object, V]] = {}
        self._making: set[Hashable] = set()
        self._lock, self._first = threading.Lock(), threading.Lock()

    def get(self, place: Hashable, state: object, make: Callable[[], V]) -> V:
        """The value for a place, of this state or of the one before. Raises what `make` does."""
        if place not in self._found:
            with self._first:
                if place not in self._found:
                    self._found[place] = state, make()
        known, value = self._found[place]
        if known != state and self._mine(place):
            # The thread speaks the language of whoever asks.
            run = copy_context().run
            work = (self._make, place, state, make)
            threading.Thread(target=run, args=work, daemon=True).start()
        return value

    def forget(self) -> None:
        """Has everybody who asks wait for what is new."""
        self._found.clear()

    def _mine(self, place: Hashable) -> bool:
        """Whether nobody else makes it; then nobody else will."""
        with self._lock:
            new = place not in self._making
            self._making.add(place)
        return new

    def _make(self, place: Hashable, state: object, make: Callable[[], V]) -> None:
        try:
            self._found[place] = state, make()
        except Exception:  # the old value stays, and the next who asks tries again
            LOG.exception("what is shown could not be made anew")
        finally:
            self._making.discard(place)
