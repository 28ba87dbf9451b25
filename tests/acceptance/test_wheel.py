"""What people install is the wheel: it carries the shipped files, and its commands work without the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import agentgrid
from support.installations import build_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` directory of a fresh virtual environment with the wheel in it.

    The dependencies are lent by the running environment through a .pth file. A .pth there is not read again, so
    the editable installation of the checkout stays out of sight.
    """
    place = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--quiet", "--python", python, "install", "--no-deps", "--no-index", wheel)
    site_packages = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place / "bin"


def test_the_wheel_carries_types_profiles_and_templates(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        "agentgrid/py.typed",
        "agentgrid/_shipped/config/agents/four-services/a1.yaml",
        "agentgrid/_shipped/templates/AGENT_FOCUS.md.j2",
        "agentgrid/_shipped/templates/ci/gitlab-agentgrid.yml",
        "agentgrid/_shipped/templates/hooks/pre-receive.sh",
    } <= names


def test_the_wheel_carries_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert tops == {"agentgrid", f"agentgrid_cli-{agentgrid.__version__}.dist-info"}


def test_the_installed_package_finds_its_shipped_files_in_itself(installation: Path) -> None:
    code = "from agentgrid.machine.shipped import shipped_directory; print(shipped_directory('templates'))"

    place = _run(installation / "python", "-I", "-c", code).strip()

    assert Path(place).is_relative_to(installation.parent.resolve())
    assert Path(place, "AGENT_FOCUS.md.j2").is_file()


def test_the_installed_command_names_its_version(installation: Path) -> None:
    assert agentgrid.__version__ in _run(installation / "agentgrid", "--version")


def test_git_finds_the_command_as_its_own(installation: Path) -> None:
    environment = {**os.environ, "PATH": f"{installation}{os.pathsep}{os.environ['PATH']}"}

    assert agentgrid.__version__ in _run("git", "agentgrid", "--version", env=environment)


def _run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
