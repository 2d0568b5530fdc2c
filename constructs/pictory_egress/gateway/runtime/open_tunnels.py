"""Ends tunnels that are open when their credential is taken back: Envoy asks for each slot whether it is well.

A tunnel's slot follows from the last digit of its credential's id. The others of a slot that is ended ask anew.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Final

from .log import Log

SLOTS: Final = {"0-3": "0123", "4-7": "4567", "8-b": "89ab", "c-f": "cdef"}
"""Slots by name, with the last digits of the credential ids that are theirs."""
OTHERS: Final = "others"
"""Slot of other issuers' callers, which is never ended: nobody tells when such a credential is taken back."""
PAGE: Final = "/tunnels"

UNWELL_SECONDS: Final = 5.0
"""How long a slot is called unwell: Envoy asks every two seconds, so at least twice."""
_SLOT_OF: Final = {digit: name for name, digits in SLOTS.items() for digit in digits}


class OpenTunnels:
    """One thread ends tunnels, others answer the pages: both only look at a time."""

    def __init__(self, *, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._unwell_until = dict.fromkeys((*SLOTS, OTHERS), -UNWELL_SECONDS)

    def end(self, credentials: Iterable[str]) -> None:
        """Ends the tunnels of ``credentials``, which are named as in the file of those that count."""
        # One that ends in no digit is none that was issued, and never got a slot.
        slots = {_SLOT_OF[name[-1]] for name in credentials if name[-1:] in _SLOT_OF}
        for one in slots:
            self._unwell_until[one] = self._clock() + UNWELL_SECONDS
        if slots:
            self._log.emit("tunnels_ended", slots=sorted(slots))

    def pages(self) -> dict[str, Callable[[], tuple[int, bytes]]]:
        """What Envoy asks for, by host and path."""
        return {one + PAGE: partial(self._page, one) for one in self._unwell_until}

    def _page(self, one: str) -> tuple[int, bytes]:
        unwell = self._clock() < self._unwell_until[one]
        return (HTTPStatus.SERVICE_UNAVAILABLE if unwell else HTTPStatus.OK), b"{}"
