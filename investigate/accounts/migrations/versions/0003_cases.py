"""Cases with their steps and findings, and who a user is in the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the three tables, and the column of users."""
    op.add_column("users", sa.Column("actor", sa.String(512)))
    op.create_table(
        "cases",
        *_number(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("opened_by", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("asked", sa.String(512), index=True),
        sa.Column("deadline", sa.BigInteger),
    )
    op.create_table(
        "case_steps",
        *_number(),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(64), sa.ForeignKey("users.name"), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("asked", sa.String(512), index=True),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("event_id", sa.String(64), nullable=False),
        _of_case(),
    )
    op.create_table(
        "case_findings",
        *_number(),
        sa.Column("finding_id", sa.String(128), primary_key=True),
        sa.Column("detector", sa.String(128), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        _of_case(),
    )


def _number() -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)
        for name in ("year", "serial")
    ]


def _of_case() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["year", "serial"], ["cases.year", "cases.serial"])
