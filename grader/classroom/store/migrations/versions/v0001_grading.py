"""Submissions, outcomes, the log of grades, runs."""

import sqlalchemy as sa
from alembic import op

from grader.classroom.store.logs import only_grows

revision = "0001"
down_revision = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", Id, nullable=False),
        sa.Column("student", sa.Text(), nullable=False),
        sa.Column("received", Time, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("identity", name="uq_submissions_identity"),
    )
    op.create_index("ix_submissions_student", "submissions", ["student"])
    op.create_table(
        "outcomes",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double()),
        sa.Column("sandbox", sa.Text(), nullable=False),
        sa.Column("seed_id", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_key_id", "outcomes", ["key", "id"])
    op.create_table(
        "grades",
        sa.Column("id", Id, nullable=False),
        sa.Column("submission", Id, nullable=False),
        sa.Column("outcome", Id, nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grades"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_grades_submission"),
        sa.ForeignKeyConstraint(["outcome"], ["outcomes.id"], name="fk_grades_outcome"),
    )
    op.create_index("ix_grades_submission_lesson_id", "grades", ["submission", "lesson", "id"])
    op.create_table(
        "runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("started", Time, nullable=False),
        sa.Column("finished", Time),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    only_grows(op.get_bind(), "submissions", "outcomes", "grades")
