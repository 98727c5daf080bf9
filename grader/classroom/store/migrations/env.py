"""What Alembic runs: the migrations, in the transaction of the connection that it is given."""

from alembic import context

from grader.classroom.store.schema import TABLE
from grader.classroom.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
