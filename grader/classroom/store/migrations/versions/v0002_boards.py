"""Measurements, their curves, rulings, tokens, instructors, uploads, attempts."""

import sqlalchemy as sa
from alembic import op

from grader.classroom.store.logs import only_grows

revision = "0002"
down_revision = "0001"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    _boards()
    _people()
    _uploads()
    only_grows(op.get_bind(), "measurements", "curves", "rulings")


def _boards() -> None:
    op.create_table(
        "measurements",
        sa.Column("id", Id, nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("submission", Id, nullable=False),
        sa.Column("seed_id", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("reference", sa.Double()),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double()),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measurements"),
        sa.ForeignKeyConstraint(
            ["submission"], ["submissions.id"], name="fk_measurements_submission"
        ),
    )
    op.create_index("ix_measurements_board_submission", "measurements", ["board", "submission"])
    op.create_table(
        "curves",
        sa.Column("measurement", Id, nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("measurement", name="pk_curves"),
        sa.ForeignKeyConstraint(["measurement"], ["measurements.id"], name="fk_curves_measurement"),
    )
    op.create_table(
        "rulings",
        sa.Column("id", Id, nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("submission", Id, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("disqualified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rulings"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_rulings_submission"),
    )
    op.create_index("ix_rulings_board_submission", "rulings", ["board", "submission"])


def _people() -> None:
    op.create_table(
        "tokens",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("student", sa.Text(), nullable=False),
        sa.Column("made", Time, nullable=False),
        sa.Column("revoked", Time),
        sa.PrimaryKeyConstraint("sha256", name="pk_tokens"),
    )
    op.create_index("ix_tokens_student", "tokens", ["student"])
    op.create_table(
        "instructors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_instructors"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", Id, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_who_at", "attempts", ["who", "at"])


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", Id, nullable=False),
        sa.Column("student", sa.Text(), nullable=False),
        sa.Column("received", Time, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("submission", sa.BigInteger()),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("claimed", Time),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_uploads_submission"),
    )
    op.create_index("ix_uploads_stage_id", "uploads", ["stage", "id"])
    op.create_index("ix_uploads_student_received", "uploads", ["student", "received"])
