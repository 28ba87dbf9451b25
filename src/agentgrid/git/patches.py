"""A patch that `git apply` takes, from contents before and after; nothing of a repository is asked."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from agentgrid.git.process import Git

_PLAIN = ("-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "-c", "core.quotePath=true")


def make_patch(changes: Mapping[bytes, tuple[bytes, bytes]]) -> bytes:
    """The patch for `changes` (path below the top of a work tree → content before, after), byte for byte."""
    with tempfile.TemporaryDirectory(prefix="agentgrid-patch-") as directory:
        top = Path(directory)
        for path, contents in changes.items():
            for side, content in zip("ab", contents, strict=True):
                file = top / side / os.fsdecode(path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        options = ("diff", "--no-index", "--no-prefix", "--no-color", "--no-ext-diff", "--no-textconv", "--binary")
        env = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(top.parent)}
        return Git(top, env=env).run(*_PLAIN, *options, "a", "b", accept=(0, 1)).stdout
