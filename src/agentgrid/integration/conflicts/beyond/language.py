"""The seam for kinds of files: one object for each, in a file of its own, named in `languages.py`."""

from typing import Any, Protocol

from agentgrid.integration.conflicts.beyond.facts import Facts


class Language(Protocol):
    """Reads one kind of file. Whatever can't be read has no facts; nothing raises for what a file holds."""

    name: str

    def handles(self, path: bytes) -> bool:
        """Whether files of this path are of its kind."""
        ...

    def parse(self, path: bytes, content: bytes) -> Any:
        """What is kept of one version of a file; None when it can't be read. It depends on the content and the last
        part of the path alone, so that one version is parsed once."""
        ...

    def compare(self, path: bytes, before: Any, after: Any) -> Facts:
        """What a side did. `before` and `after`: what `parse` gave for the base's version and the side's, None where
        there is no such file; never both."""
        ...
