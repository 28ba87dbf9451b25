"""Installations of the checkout without any package index: its wheel, and the dependencies of the running one."""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What `pip install` of the wheel needs here; its dependencies are lent.
OFFLINE = {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}


def build_wheel(outdir: Path) -> Path:
    """The wheel of this checkout, built with the tools at hand."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(outdir), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = outdir.glob("*.whl")
    return built


def write_lending_python(directory: Path) -> Path:
    """A `python3` in `directory`, to stand first on PATH, whose virtual environments see our dependencies.

    They are lent by a .pth file. A .pth there is not read again, so the editable installation of the checkout stays
    out of sight. Returns the directory.
    """
    directory.mkdir(parents=True)
    lent = shlex.quote(sysconfig.get_path("purelib"))
    program = directory / "python3"
    program.write_text(
        f'#!/bin/sh\n{shlex.quote(sys.executable)} "$@" || exit $?\n'
        'case "$*" in\n*"-m venv "*)\n    for place; do :; done\n'
        f'    for site in "$place"/lib/python*/site-packages; do printf "%s\\n" {lent} > "$site/lent.pth"; done ;;\n'
        "esac\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return directory


def run_script(script: str, where: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the script as CI servers do: bash that ends at the first failure, without a terminal."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=where,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
