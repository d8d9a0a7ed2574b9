"""People who come in through an OpenID provider, and sign-ins there that are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Say of a user as whom the provider knows them; make the table of sign-ins."""
    op.add_column("users", sa.Column("issuer", sa.String(512)))
    op.add_column("users", sa.Column("subject", sa.String(255)))
    op.create_index("users_of_provider", "users", ["issuer", "subject"], unique=True)
    op.create_table(
        "sign_ins",
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
    )
