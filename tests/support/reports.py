"""Reports of checks, and paths that are hard to write down in one format or another."""

from agentgrid.boundaries.findings import CheckReport, Finding

BASE, HEAD = "b" * 39 + "1", "c" * 39 + "2"
STRANGE = (
    b"services/billing/main.py",
    b"new\nline.py",
    b"carriage\rreturn",
    b"\"double\" and 'single'",
    b"pipe|back`tick`<script>alert(1)</script>&amp;",
    b"100%,a:b,c=d::error::x",
    b"##[error]injected",
    b"::error::injected",
    b"latin-\xe9\xff.txt",
    b"esc\x1b[31m.txt",
    b"]]>--><!--",
    b"**bold** [link](http://x) #1 @you $x$ www.example.com",
    "ümlaut/日本.py".encode(),
    b" leading and trailing ",
)


def finding(
    path: bytes = b"services/billing/main.py",
    rule: str = "ownership.foreign",
    *,
    severity: str = "error",
    owner: str | None = "a2",
    message: str = "belongs to a2 by `services/billing/**` at config/agents/a2.yaml:4",
    hint: str | None = "leave the change to a2, or ask a person",
    commit: str | None = HEAD,
) -> Finding:
    return Finding(rule, severity, path, message, hint, owner, commit)


def about_message(commit: str = HEAD, text: str = "wip") -> Finding:
    """A finding about no path."""
    message = f"commit {commit[:10]}: the message {text!r} doesn't match `^OBS-` (commits.pattern in agentgrid.yaml)"
    return finding(b"", "message.format", owner=None, message=message, hint="write it as in this one: OBS-1 x",
                   commit=commit)  # fmt: skip


def report(*findings: Finding, agent: str | None = "a1") -> CheckReport:
    return CheckReport(agent, BASE, HEAD, findings, checked_paths=max(len(findings), 1))


def strange_report() -> CheckReport:
    """A finding for each strange path, named in the message and the hint too, a warning, and one about no path."""
    found = [
        finding(path, message=f"the link {_shown(path)} leads there", hint=f"git restore -- {_shown(path)}")
        for path in STRANGE
    ]
    return report(*found, finding(severity="warn", rule="ownership.unowned", owner=None), about_message())


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
