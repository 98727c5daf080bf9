"""The schema of a class's database: its version, and how an older one is brought up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ProgrammingError

from grader.classroom.store.database import Database, problem
from zth.language import tr
from zth.records import ZthError

VERSION = "0003"  # that of the newest file in migrations/versions
TABLE = "schema_version"
MIGRATIONS = Path(__file__).with_name("migrations")


def prepare(database: Database) -> None:
    """Makes the schema, or upgrades it. Raises ZthError where it is not ours, or newer."""
    try:
        with database.reading() as connection:
            if _found(connection, database.place) == VERSION:
                return
        with database.writing() as connection:
            database.hold(connection, "the schema of zth")
            if _found(connection, database.place) != VERSION:  # nobody else was quicker
                migrate(connection, VERSION)
    except ProgrammingError as error:  # who may not make a table, say
        raise problem(database.place, error.orig or error) from error


def migrate(connection: Connection, version: str) -> None:
    """Brings the schema up to a version, in the connection's transaction."""
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _found(connection: Connection, place: str) -> str:
    """The version that the database has; empty where it is."""
    tables = inspect(connection).get_table_names()
    if TABLE not in tables:
        if tables:
            raise ZthError(
                tr(
                    "the store {place} holds the tables of another program; name another",
                    place=place,
                )
            )
        return ""
    version = str(connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar() or "")
    if version > VERSION:
        raise ZthError(
            tr(
                "the store {place} was written by a newer zth (its schema is {version}, "
                'this one knows {known}); pip install --upgrade "zth[class]"',
                place=place,
                version=version,
                known=VERSION,
            )
        )
    return version
