"""Called by Alembic, inside the transaction of ``Database.prepare``."""

from alembic import context

from recsvc.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
