"""The trusted side: starts workers, calls them, holds their limits."""

from zth.host.failures import CallFailed, Died, Malformed, Raised, TimedOut
from zth.host.nursery import Limits, Nursery
from zth.host.session import Session

__all__ = [
    "CallFailed",
    "Died",
    "Limits",
    "Malformed",
    "Nursery",
    "Raised",
    "Session",
    "TimedOut",
]
