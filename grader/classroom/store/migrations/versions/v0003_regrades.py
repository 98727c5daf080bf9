"""What is to be graded again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "regrades",
        sa.Column("id", Id, nullable=False),
        sa.Column("submission", Id, nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("claimed", Time),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_regrades"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_regrades_submission"),
    )
    op.create_index("ix_regrades_stage_id", "regrades", ["stage", "id"])
