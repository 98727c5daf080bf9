"""Opening a store: a new one, an old one, one that is none; and that its logs only grow."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from grader.classroom.records import Measurement, Ruling
from grader.classroom.store import Store
from grader.classroom.store import database as database_module
from grader.classroom.store.database import Database
from grader.classroom.store.schema import MIGRATIONS, TABLE, VERSION, migrate
from grader.classroom.store.tables import metadata
from tests.grader.classroom.conftest import Server, commanding
from tests.grader.classroom.test_store_grading import ANNA, NOON, OUTCOME
from zth.records import ZthError


def refusal(url: str) -> str:
    """The one line that says why a store cannot be opened."""
    with pytest.raises(ZthError) as refused:
        Store.open(url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- a store that is none -------------------------------------------------------------------------


NONE = ["", "class.db", "sqlite://", "sqlite:///:memory:", "x:y:z", "mysql://me:secret@host/db"]


@pytest.mark.parametrize("url", [*NONE, "postgresql://me:secret@host:port/db"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    said = refusal(url)
    assert "write sqlite:///class.db or postgresql://NAME@HOST/DATABASE" in said
    assert "secret" not in said


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1 名 \udcff"
    folder.mkdir()
    with Store.open(f"sqlite:///{folder / 'class.db'}") as store:
        store.add(ANNA)
    assert [file.name for file in folder.iterdir()] == ["class.db"]


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n" * 1000, "utf-8")
    said = refusal(f"sqlite:///{file}")
    assert said == f"the store {file}: this file is no database; name another"
    assert file.read_text("utf-8") == "my notes\n" * 1000


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "it cannot be written" in refusal(f"sqlite:///{tmp_path}")


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    said = refusal(f"sqlite:///{tmp_path / 'gone' / 'class.db'}")
    assert "is its folder there, and may you write in it?" in said


@contextmanager
def unprivileged() -> Iterator[None]:
    """As somebody who is not root: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may read, and nobody else may write in."""
    folder = Path(tempfile.mkdtemp(prefix="zth-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_only_be_read_is_said(folder: Path) -> None:
    folder.chmod(0o555)
    with unprivileged():
        assert "it cannot be written" in refusal(f"sqlite:///{folder / 'class.db'}")
    assert not list(folder.iterdir())


def test_a_file_that_may_only_be_read_is_said(folder: Path) -> None:
    url = f"sqlite:///{folder / 'class.db'}"
    Store.open(url).close()
    (folder / "class.db").chmod(0o444)
    folder.chmod(0o555)
    with unprivileged():
        assert "it cannot be written" in refusal(url)


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "class.db"
    with Store.open(f"sqlite:///{file}") as store:
        store.add(ANNA)
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\x07" * (len(whole) - 4096))
    assert "the file is damaged" in refusal(f"sqlite:///{file}")


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    said = refusal("postgresql://zth:secret@127.0.0.1:1/class")
    assert said.startswith("the store postgresql+psycopg://zth:***@127.0.0.1:1/class: connection ")
    assert said.endswith("refused; does the server run, and is its address right?")
    assert "secret" not in said


@pytest.mark.xdist_group("postgresql")
def test_a_server_without_the_database_is_said(server: Server) -> None:
    assert 'database "gone" does not exist' in refusal(server("gone"))


@pytest.mark.xdist_group("postgresql")
def test_a_server_that_allows_no_tables_is_said(server: Server) -> None:
    with commanding(server("postgres")) as connection:
        connection.exec_driver_sql("CREATE ROLE guest LOGIN")
    said = refusal(server("postgres").replace("zth@", "guest@"))
    assert "permission denied for schema public" in said


def test_the_tables_of_another_program_are_left_alone(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE cars (id INTEGER)"))
    assert "holds the tables of another program" in refusal(url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT * FROM cars")).all() == []
    database.close()


def test_a_newer_schema_is_refused(url: str) -> None:
    Store.open(url).close()
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {TABLE} SET version_num = '0999'"))
    said = refusal(url)
    assert f"its schema is 0999, this one knows {VERSION}" in said
    database.close()


# --- a store that goes away -----------------------------------------------------------------------


def test_a_writer_waits_for_another_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PATIENCE", 0.1)
    url = f"sqlite:///{tmp_path / 'class.db'}"
    other = Database(url)
    with Store.open(url) as store:
        with other.writing(), pytest.raises(ZthError, match=r"another process has been writing"):
            store.add(ANNA)
        anna = store.add(ANNA)
        with other.writing():
            assert store.submissions() == [anna]  # a reader waits for nobody
    other.close()


@pytest.mark.xdist_group("postgresql")
def test_a_server_that_was_started_again_is_found_again(shared: str) -> None:
    with Store.open(shared) as store:
        before = store.submissions()
        with commanding(shared) as connection:
            ended = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shared'"
            )
            connection.exec_driver_sql(f"{ended} AND pid <> pg_backend_pid()")
        assert store.submissions() == before


# --- the schema -----------------------------------------------------------------------------------


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "class.db"
    with Store.open(f"sqlite:///{file}") as store:
        store.add(ANNA)
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_store_that_is_opened_again_has_what_it_had(url: str) -> None:
    with Store.open(url) as store:
        anna = store.add(ANNA)
    with Store.open(url) as store:
        assert store.submissions() == [anna]


def test_the_newest_migration_makes_the_version() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == VERSION


def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    Store.open(url).close()
    database = Database(url)
    with database.reading() as connection:
        options = {"version_table": TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    database.close()


def test_an_old_store_is_upgraded_and_keeps_what_it_has(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        migrate(connection, "0001")
    old = Store(database)
    run, anna = old.begin("submissions", ["lesson1"]), old.add(ANNA)
    grade = old.record(anna.id, OUTCOME)
    with pytest.raises(Exception, match="measurements"):
        old.measurements("entropy")
    old.close()
    with Store.open(url) as store:
        assert list(store.grades()) == [grade]
        unfinished = store.unfinished()
        assert unfinished is not None
        assert unfinished.id == run
        measured = store.measure(
            Measurement("entropy", anna.id, "s1", NOON, 1.5, 1.5, curve=((1, 2.0),))
        )
        assert store.measurements("entropy") == [measured]


def test_an_upgrade_that_fails_changes_nothing(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        migrate(connection, "0001")
        connection.execute(text("CREATE TABLE uploads (id INTEGER)"))  # 0002 makes it last
    assert "already exists" in refusal(url)
    with database.writing() as connection:
        connection.execute(text("DROP TABLE uploads"))
    database.close()
    with Store.open(url) as store:
        assert store.uploads("anna") == []


def test_many_may_make_a_store_at_once(url: str) -> None:
    together, problems = threading.Barrier(6), list[BaseException]()

    def open() -> None:
        together.wait()
        try:
            Store.open(url).close()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=open) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


# --- logs only grow -------------------------------------------------------------------------------

LOGS = ["submissions", "outcomes", "grades", "measurements", "curves", "rulings"]


@pytest.mark.parametrize("table", LOGS)
def test_a_log_is_neither_changed_nor_deleted(store: Store, ready: str, table: str) -> None:
    anna = store.add(ANNA)
    grade = store.record(anna.id, OUTCOME)
    measured = store.measure(
        Measurement("entropy", anna.id, "s1", NOON, 1.5, 1.5, curve=((1, 2.0),))
    )
    ruled = store.rule(Ruling("entropy", anna.id, NOON, "prof", "why"))
    database = Database(ready)
    first, second = list(metadata.tables[table].columns.keys())[:2]
    tries = [
        f"UPDATE {table} SET {second} = {second}",
        f"UPDATE {table} SET {first} = 7",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE"
        if database.is_postgresql
        else f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ]
    for statement in tries:
        with pytest.raises(Exception, match=r"\w+ only grows"), database.writing() as connection:
            connection.execute(text(statement))
    database.close()
    assert store.submissions() == [anna]
    assert list(store.grades()) == [grade]
    assert store.measurements("entropy") == [measured]
    assert store.rulings("entropy") == [ruled]
