"""Where the files of runs are. Apart from the rest: `status` asks whether there are any, and mostly there are none."""

import os
from pathlib import Path

from agentgrid.config.places import GRID_DIRECTORY

RUN_SUFFIX = ".run"


def runs_directory(common_dir: Path) -> Path:
    return common_dir / GRID_DIRECTORY / "runs"


def has_run_files(common_dir: Path) -> bool:
    """Whether anything runs, or was killed while it looked after something."""
    try:
        return any(name.endswith(RUN_SUFFIX) for name in os.listdir(runs_directory(common_dir)))
    except OSError:
        return False  # nothing has ever run
