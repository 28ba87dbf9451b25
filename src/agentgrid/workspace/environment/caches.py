"""Caches that all agents share, so that a model or a package is downloaded once. Pure.

What the person set is theirs; else it is the place where the tool would look anyway, also when an agent's client has a
home of its own or runs in a container.
"""

from collections.abc import Mapping

# Variable → (place below the cache directory of Linux, of macOS; `~/…` is below the home on both).
_PLACES = {
    "PIP_CACHE_DIR": ("pip", "pip"),
    "UV_CACHE_DIR": ("uv", "~/.cache/uv"),
    "npm_config_cache": ("~/.npm", "~/.npm"),
    "HF_HOME": ("huggingface", "~/.cache/huggingface"),
    "TORCH_HOME": ("torch", "~/.cache/torch"),
    "PLAYWRIGHT_BROWSERS_PATH": ("ms-playwright", "ms-playwright"),
}
CACHE_NAMES = tuple(_PLACES)


def shared_caches(environ: Mapping[str, str], home: str, *, is_mac: bool) -> dict[str, str]:
    """Name → directory. `home`: of the person."""
    caches = f"{home}/Library/Caches" if is_mac else environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
    set_by_person = {name.upper(): value for name, value in environ.items() if value}
    found = {}
    for name, places in _PLACES.items():
        place = places[1] if is_mac else places[0]
        default = home + place[1:] if place.startswith("~") else f"{caches}/{place}"
        found[name] = set_by_person.get(name.upper(), default)
    return found
