"""Twenty-two services that ask for FastAPI in five ways: the case that the four-services preset was made for."""

from pathlib import Path

from support.grids import GRID, GridSandbox, equip_grid, policy_files
from support.repositories import Sandbox, create_repository

FIVE = ("==0.104.1", ">=0.104.1", "==0.109.0", "==0.110.*", "==0.111.*")
NEWEST = "==0.111.*"
OWNED = {"a1": "services/s0*/**", "a2": "services/s1*/**"}


def manifest(number: int) -> tuple[str, bytes]:
    """(path, content) of the manifest of the service `number`, with the constraint that is its turn."""
    return write_manifest(number, FIVE[number % len(FIVE)])


def write_manifest(number: int, constraint: str) -> tuple[str, bytes]:
    """The same with another constraint: every shape of line and file that the services have, in turn."""
    path = f"services/s{number:02}/requirements.txt"
    texts = (
        f"# Web\nFastAPI[all]{constraint}  # the framework\nuvicorn==0.30\n",
        f"uvicorn==0.30\r\nfastapi{constraint} ; python_version >= '3.9'\r\n",
        f"-r ../common.txt\n\tfastapi{constraint}",
        f"uvicorn \\\n  ==0.30\nfastapi \\\n  {constraint}\n\n\n",
        f"pydantic>=2 # fastapi==0.104.1\nfastapi{constraint}\t# caf\u00e9".replace("\u00e9", "\udce9") + "\n",
    )
    return path, texts[number // len(FIVE) % len(texts)].encode("utf-8", "surrogateescape")


def make_services(path: Path) -> GridSandbox:
    """A grid at `path`: a1 owns ten of the services, a2 ten, nobody the last two."""
    files: dict[str, str | bytes] = dict(manifest(number) for number in range(22))
    files["services/common.txt"] = "httpx\n"
    main: Sandbox = create_repository(path, **files, **policy_files(OWNED, GRID))
    return equip_grid(main, *OWNED)
