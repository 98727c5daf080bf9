"""Tables that only grow: the database itself refuses to change or to delete a row."""

from __future__ import annotations

from sqlalchemy import Connection

_SQLITE = """
CREATE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} only grows'); END
"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION zth_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION zth_only_grows()
"""


def only_grows(connection: Connection, *tables: str) -> None:
    """Has the database refuse to change what lies in the tables. For migrations."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION.replace("%", "%%"))
        statements = [_POSTGRESQL.format(table=table) for table in tables]
    else:
        statements = [
            _SQLITE.format(table=table, deed=deed)
            for table in tables
            for deed in ("UPDATE", "DELETE")
        ]
    for statement in statements:
        connection.exec_driver_sql(statement)
