"""A class's store, empty, in each of the two databases; and a PostgreSQL server of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
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


# The server ends when it is told to, or when whoever started it is gone: even by a kill.
UNTIL_THE_END = '"$@" & read -r line; kill -INT $!; wait'

Server = Callable[[str], str]  # from the name of a database to its URL


def program(name: str) -> str:
    """One of PostgreSQL's programs, where Debian puts them, or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4]))
    where = str(found[-1]) if found else shutil.which(name)
    if not where:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    return where


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server for these tests alone, on a socket in a folder of its own."""
    initdb, postgres, isready = map(program, ("initdb", "postgres", "pg_isready"))
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="zth-pg-", dir="/tmp"))  # a socket's path is short
    data = folder / "data"
    if user:
        shutil.chown(folder, user)

    def run(*command: str | Path) -> int:
        return subprocess.run(
            command, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=False
        ).returncode

    made = run(initdb, "-D", data, "-U", "zth", "-A", "trust", "-E", "UTF8", "--no-sync")
    assert made == 0
    options = ["-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    command = ["sh", "-c", UNTIL_THE_END, "sh", postgres, *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, user=user, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while run(isready, "-q", "-h", folder) != 0:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield lambda name: f"postgresql://zth@/{name}?host={folder}"
    finally:
        process.communicate()  # closes what it waits for
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def commanding(url: str) -> Iterator[Connection]:
    """A connection to a server, for what cannot be done in a transaction."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def shared(server: Server) -> str:
    """The URL of a PostgreSQL database with the schema, which many tests use after one another."""
    with commanding(server("postgres")) as connection:
        connection.exec_driver_sql("CREATE DATABASE shared")
    Store.open(server("shared")).close()
    return server("shared")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'class.db'}"
    server: Server = request.getfixturevalue("server")
    name = f"zth_{next(NUMBERS)}"
    with commanding(server("postgres")) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server(name)


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
