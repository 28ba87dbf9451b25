"""Names of the state's files, and its version. A light module: the hook path reads the database by itself."""

STATE_DIRECTORY = "agentgrid/state"
DATABASE = "state.db"
MARKER = "created"  # there was a database here: its absence is a loss, not a beginning
TABLES_VERSION = "4"  # of `tables.VERSIONS`, as the database has it
