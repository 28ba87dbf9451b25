"""A page in a real browser without a screen: what it looks like, what it made of it, what its console says."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from support.tools import IS_CI, require_chromium

_LIMIT_S = 120


@dataclass(frozen=True, slots=True)
class Seen:
    """`dom`: the document after loading, as text. `console`: each line of the console. `colours`: how many different
    ones the picture has."""

    dom: str
    console: tuple[str, ...]
    colours: int

    def count(self, pattern: str) -> int:
        """How many places of the document match."""
        return len(re.findall(pattern, self.dom))


def open_page(page: Path, *, is_dark: bool = False, size: tuple[int, int] = (1280, 1600)) -> Seen:
    """Opens it as a file and looks. Skips, or in CI fails, where there is no browser."""
    program = require_chromium(is_ci=IS_CI)
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "shot.png"
        scheme = ["--blink-settings=preferredColorScheme=0"] if is_dark else []
        window = [f"--window-size={size[0]},{size[1]}", f"--screenshot={shot}"]
        looked = _run(program, place, [*scheme, *window], page)
        dumped = _run(program, place, [*scheme, "--dump-dom"], page)
        console = tuple(line for line in (looked.stderr + dumped.stderr).splitlines() if ":CONSOLE" in line)
        return Seen(dumped.stdout, console, count_colours(shot))


def _run(program: Path, place: str, options: list[str], page: Path) -> "subprocess.CompletedProcess[str]":
    """Nothing of the person's profile, nothing but the page: names of hosts lead nowhere."""
    return subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0",
         f"--user-data-dir={place}/profile", *options, page.as_uri()],
        capture_output=True, text=True, timeout=_LIMIT_S, check=True,
    )  # fmt: skip


def count_colours(picture: Path) -> int:
    """How many different pixels it has."""
    with Image.open(picture) as image:
        found = image.convert("RGB").getcolors(maxcolors=image.width * image.height)
    return len(found or ())
