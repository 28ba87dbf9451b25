"""The kinds of files that are understood. Another one is a file of its own, and a line here."""

from agentgrid.integration.conflicts.beyond.data_files import DataFiles
from agentgrid.integration.conflicts.beyond.dependencies import DependencyFiles
from agentgrid.integration.conflicts.beyond.language import Language
from agentgrid.integration.conflicts.beyond.python.language import Python
from agentgrid.integration.conflicts.beyond.revisions import Revisions

LANGUAGES: tuple[Language, ...] = (Python(), DataFiles(), DependencyFiles(), Revisions())
