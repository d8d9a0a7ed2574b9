"""Alembic's entry: run the migrations on the connection that `accounts.database` opened."""

from alembic import context

from investigate.accounts.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
