"""Services as parts of variables' names: `viral_engine` gives PORT_VIRAL_ENGINE and VIRAL_ENGINE_URL. Pure."""

import re
from collections.abc import Iterable


def variable_names(services: Iterable[str]) -> dict[str, str]:
    """Service → its part of a name. Of two services that would have one (`a-b`, `a_b`) the later gets a number."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for service in services:
        plain = name = re.sub(r"[^A-Z0-9_]", "_", service.upper())
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        found[service] = name
    return found


def port_variable(name: str) -> str:
    return f"PORT_{name}"


def url_variable(name: str) -> str:
    return f"{'_' if name[:1].isdigit() else ''}{name}_URL"
