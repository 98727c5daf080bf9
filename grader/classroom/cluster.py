"""A crew on other machines: the workers of a Dask cluster.

Dask's schedulers ask nobody for a password, and who reaches one can run code on its workers: so an
address outside this machine must be one of TLS, whose certificates Dask's own settings name.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from distributed import Client, Security  # untyped, so what it gives is annotated here

from grader.classroom.runner import Crew
from zth.language import tr
from zth.records import ZthError

CONNECTING = 10  # seconds until a scheduler answers
WORKERS = 60  # seconds until there is one worker
GPU = "GPU"  # the resource of workers that have one: dask worker --resources "GPU=1"
RETRIES = 2  # times that a task is begun anew whose worker was lost


@contextmanager
def on(address: str) -> Iterator[Crew]:
    """The crew of a scheduler at tcp://HOST:PORT or tls://HOST:PORT. Raises ZthError."""
    security = _security(address)
    try:
        client = Client(address, timeout=CONNECTING, security=security, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise ZthError(
            tr("no Dask scheduler answers at {address}: {reason}", address=address, reason=error)
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS)
        except TimeoutError:
            raise ZthError(
                tr(
                    "the scheduler at {address} has no workers; start one as "
                    "docs/instructors/scale.md shows, on an address that strangers do not reach",
                    address=address,
                )
            ) from None
        executor = client.get_executor(retries=RETRIES)
        gpu = client.get_executor(retries=RETRIES, resources={GPU: 1})
        yield Crew(
            executor,
            size=lambda: max(1, len(_workers(client))),
            gpu=lambda: gpu if _has_gpu(client) else None,
        )


def _workers(client: Client) -> dict[str, dict[str, object]]:
    workers: dict[str, dict[str, object]] = client.scheduler_info(n_workers=-1)["workers"]
    return workers


def _has_gpu(client: Client) -> bool:
    resources = (worker.get("resources") for worker in _workers(client).values())
    return any(isinstance(found, dict) and found.get(GPU) for found in resources)


def _security(address: str) -> Security | None:
    """What is needed to talk to this address. Raises ZthError where that would be unsafe."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not _port(address):
        raise ZthError(
            tr("{address} is no address; give tcp://HOST:PORT or tls://HOST:PORT", address=address)
        )
    if parts.scheme == "tls":
        found = Security(require_encryption=True)
        if found.get_connection_args("client").get("ssl_context") is None:
            raise ZthError(
                tr(
                    "{address} needs certificates, and Dask's settings name none (see "
                    "docs/instructors/scale.md)",
                    address=address,
                )
            )
        return found
    if not _is_here(parts.hostname):
        raise ZthError(
            tr(
                "{address} leaves this machine without a password and in the clear; use tls:// with"
                " certificates (see docs/instructors/scale.md)",
                address=address,
            )
        )
    return None


def _port(address: str) -> int | None:
    try:
        return urlsplit(address).port
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    """Whether all that the name stands for is loopback."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(one).is_loopback for one in found)
