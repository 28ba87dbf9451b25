"""go.mod: the least versions that are required, what is excluded, what is replaced."""

import re

from agentgrid.integration.dependencies.texts import Text
from agentgrid.integration.dependencies.wanted import Manifest, Unread, Wanted

_VERBS = ("require", "exclude", "replace", "retract", "module", "go", "toolchain", "tool", "godebug", "ignore")
_WORD = re.compile(r'"(?P<quoted>[^"]*)"|`(?P<raw>[^`]*)`|(?P<bare>[^\s()"`]+)|[()]')


def read_go_module(source: Text) -> Manifest:
    """What the file asks for; indirect requirements count, for Go chooses the largest of all."""
    wanted: list[Wanted] = []
    unread: list[Unread] = []
    replaced: set[str] = set()
    block, place, owner = "", source.body_start, ""
    for number, line in enumerate(source.text[place:].split("\n"), 1):
        words = list(_WORD.finditer(line.partition("//")[0]))
        texts = [_text(found) for found in words]
        if texts == [")"]:
            block = ""
        elif texts[1:] == ["("]:
            block = texts[0]
        elif texts:
            verb = block or texts[0]
            rest, found = (texts, words) if block else (texts[1:], words[1:])
            if verb not in _VERBS:
                unread.append(Unread(number, f"{verb!r} is no directive of go.mod"))
            elif verb in {"require", "exclude"}:
                if len(rest) != 2 or not rest[1].startswith("v"):
                    unread.append(Unread(number, f"{verb}: a module and a version were expected"))
                else:
                    span = (place + found[1].start(), place + found[1].end())
                    wanted.append(_module(verb, rest, number, span))
            elif verb == "replace" and rest:
                replaced.add(rest[0])
            elif verb == "module" and rest:
                owner = rest[0]
        place += len(line) + 1
    kept = [_replaced(each) if each.package in replaced else each for each in wanted]
    return Manifest(tuple(kept), (), tuple(unread), owner=owner)


def _text(found: re.Match[str]) -> str:
    return next((found[name] for name in ("quoted", "raw", "bare") if found[name] is not None), found[0])


def _module(verb: str, words: list[str], line: int, span: tuple[int, int]) -> Wanted:
    package, version = words
    if verb == "exclude":
        return Wanted("go", package, package, f"!{version}", line, verb)
    return Wanted("go", package, package, version, line, verb, span=span)


def _replaced(wanted: Wanted) -> Wanted:
    """A version that `replace` overrules says nothing about what is built."""
    return Wanted("go", wanted.package, wanted.name, "", wanted.line, wanted.table, source="replaced in go.mod")
