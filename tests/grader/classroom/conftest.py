"""A class's store, empty, in each of the two databases; and a PostgreSQL server of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from grader.classroom.store import Store
from grader.classroom.store.tables import metadata

ONCE = pytest.mark.xdist_group("postgresql")  # one server, for one of the processes that test
DATABASES = ["sqlite", pytest.param("postgresql", marks=ONCE)]
NUMBERS = count(1)


def programs() -> Path:
    """The folder of PostgreSQL's server, where Debian puts it or where there is a path to it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server that is there for these tests, less the database's name."""
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="zth-pg-", dir="/tmp"))  # a socket's path is short
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs() / program), "-D", str(folder / "data"), *arguments]
        done = subprocess.run(
            command, user=user, cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run("initdb", "-U", "zth", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        try:
            yield f"postgresql://zth@127.0.0.1:{port}/"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def commanding(url: str) -> Iterator[Connection]:
    """A connection to a server, for what cannot be done in a transaction."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def shared(server: str) -> str:
    """The URL of a PostgreSQL database with the schema, which many tests use after one another."""
    with commanding(server + "postgres") as connection:
        connection.exec_driver_sql("CREATE DATABASE shared")
    Store.open(server + "shared").close()
    return server + "shared"


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'class.db'}"
    server: str = request.getfixturevalue("server")
    name = f"zth_{next(NUMBERS)}"
    with commanding(server + "postgres") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server + name


@pytest.fixture(params=DATABASES)
def ready(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the schema, and nothing in its tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'class.db'}"
    shared: str = request.getfixturevalue("shared")
    with commanding(shared) as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")  # no triggers
        names = ", ".join(metadata.tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    return shared


@pytest.fixture
def store(ready: str) -> Iterator[Store]:
    """A store with nothing in it."""
    with Store.open(ready) as store:
        yield store
