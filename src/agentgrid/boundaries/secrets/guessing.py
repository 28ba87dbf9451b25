"""What looks like a secret: the forms of tokens and the entropy of strings, as detect-secrets knows them.

Its detectors are asked one by one, for what they find alone: as a whole it would try over the network whether a token
works. Names of variables (`password = "…"`) and addresses are no ground: they are wrong too often.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from agentgrid.boundaries.secrets.suspicion import is_suspicious, may_be_key, says_secret

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

# Keys of model providers that detect-secrets doesn't know.
_PROVIDER_KEYS = (
    ("Anthropic API key", re.compile(r"sk-ant-[A-Za-z0-9_-]{20,}")),
    ("OpenAI API key", re.compile(r"sk-proj-[A-Za-z0-9_-]{20,}")),
    ("OpenRouter API key", re.compile(r"sk-or-(?:v1-)?[A-Za-z0-9]{32,}")),
    ("Google API key", re.compile(r"AIza[A-Za-z0-9_-]{35}")),
    ("Groq API key", re.compile(r"gsk_[A-Za-z0-9]{40,}")),
    ("GitHub token", re.compile(r"github_pat_[A-Za-z0-9_]{22,}")),
)
_ASSIGNED = re.compile(r"[=:\s]([A-Za-z0-9+/_-]{16,}={0,2})\s*$")
_QUOTED = re.compile(r"(['\"])([A-Za-z0-9+/_=-]{20,})\1")
_LONGEST_LINE = 20_000  # bytes: nobody wrote a longer one by hand
_LEAST_ENTROPY = 4.5  # bits a character, of letters of both cases and digits: detect-secrets' own limit
_LEAST_ENTROPY_NAMED = 4.0  # where the line says that it is a key
_LEAST_ENTROPY_HEX = 3.0


@dataclass(frozen=True, slots=True)
class Guess:
    """`line` counts from 1. `kind`: what it looks like. `text`: the secret itself, for comparing alone."""

    line: int
    kind: str
    text: bytes = field(repr=False)


def guess_secrets(content: bytes, name: str, *, with_entropy: bool) -> Iterator[Guess]:
    """What looks like a secret in a file called `name`, a line at a time; nothing in what isn't text. Lines with
    `pragma: allowlist secret` in a comment are left out. `with_entropy` False: only what has a form of its own."""
    if b"\0" in content:
        return
    lines: list[str] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if len(line) > _LONGEST_LINE or not is_suspicious(line):
            continue
        lines = lines or content.decode("utf-8", "replace").split("\n")
        text = lines[number - 1].rstrip()
        found = _known_form(text) or (_random(text) if with_entropy else None)
        if found is not None and not _is_allowed(name, lines, number):
            yield Guess(number, found[0], found[1].encode())


def is_generated_name(name: str) -> bool:
    """Whether a file of this name is a lock file or no text, where digests are what one expects."""
    from detect_secrets.filters.heuristic import is_lock_file, is_non_text_file

    return is_lock_file(name) or is_non_text_file(name) or _LOCK_NAME.search(name) is not None


_LOCK_NAME = re.compile(r"(^|/)([^/]*[-.]lock(file)?(\.\w+)?|npm-shrinkwrap\.json|verification-metadata\.xml|"
                        r"[^/]*\.(lockfile|min\.js|ipynb))$")  # fmt: skip


def _known_form(line: str) -> tuple[str, str] | None:
    for kind, form in _PROVIDER_KEYS:
        match = form.search(line)
        if match:
            return kind, match[0]
    for detector in _detectors():
        if any(detector.analyze_string(line)):
            found = next(filter(None, (pattern.search(line) for pattern in detector.denylist)))
            return str(detector.secret_type), str(found[0])
    return None


def _random(line: str) -> tuple[str, str] | None:
    named = says_secret(line.encode())
    for match in _QUOTED.finditer(line):
        if _is_random(match[2], line, least=_LEAST_ENTROPY_NAMED if named else _LEAST_ENTROPY):
            return "random text", match[2]
    assigned = _ASSIGNED.search(line) if named else None
    if assigned and _is_random(assigned[1], line, least=_LEAST_ENTROPY_NAMED):
        return "random text", assigned[1]
    return None


def _is_random(text: str, line: str, *, least: float) -> bool:
    from detect_secrets.filters.heuristic import is_likely_id_string, is_potential_uuid, is_sequential_string

    if not may_be_key(text.encode(), line.encode()):
        return False
    if is_sequential_string(text) or is_potential_uuid(text) or is_likely_id_string(text, line):
        return False
    base64, hexadecimal = _entropy_detectors()
    if re.fullmatch(r"[0-9a-fA-F]+", text):
        return bool(hexadecimal.calculate_shannon_entropy(text) > _LEAST_ENTROPY_HEX)
    return bool(base64.calculate_shannon_entropy(text) > least)


def _is_allowed(name: str, lines: Sequence[str], number: int) -> bool:
    from detect_secrets.filters.allowlist import is_line_allowlisted
    from detect_secrets.util.code_snippet import get_code_snippet

    return bool(is_line_allowlisted(name, lines[number - 1].rstrip(), get_code_snippet(list(lines), number)))


@cache
def _detectors() -> "tuple[RegexBasedDetector, ...]":
    """Those whose secrets have a mark that `suspicion` knows."""
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
    from detect_secrets.plugins.github_token import GitHubTokenDetector
    from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
    from detect_secrets.plugins.jwt import JwtTokenDetector
    from detect_secrets.plugins.npm import NpmDetector
    from detect_secrets.plugins.openai import OpenAIDetector
    from detect_secrets.plugins.private_key import PrivateKeyDetector
    from detect_secrets.plugins.pypi_token import PypiTokenDetector
    from detect_secrets.plugins.sendgrid import SendGridDetector
    from detect_secrets.plugins.slack import SlackDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.stripe import StripeDetector

    kinds = (AWSKeyDetector, AzureStorageKeyDetector, GitHubTokenDetector, GitLabTokenDetector, JwtTokenDetector,
             NpmDetector, OpenAIDetector, PrivateKeyDetector, PypiTokenDetector, SendGridDetector, SlackDetector,
             SquareOAuthDetector, StripeDetector)  # fmt: skip
    return tuple(kind() for kind in kinds)


@cache
def _entropy_detectors() -> tuple[Any, Any]:
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    return Base64HighEntropyString(), HexHighEntropyString()
