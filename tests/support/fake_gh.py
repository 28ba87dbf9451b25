"""`gh pr` as far as agentgrid uses it, for tests: options, JSON fields, words and exit codes as GitHub's program has
them (its manual, 2.40), over a bare repository that it really merges in.

Run as a program beside `server.json`, which a test writes: see `support.github`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(sys.argv[0]).resolve().parent
STATE = HERE / "server.json"
FIELDS = (  # noqa: SIM905 - as gh prints them
    "additions assignees author autoMergeRequest baseRefName baseRefOid body changedFiles closed closedAt comments "
    "commits createdAt deletions files headRefName headRefOid headRepository headRepositoryOwner id isCrossRepository "
    "isDraft labels latestReviews maintainerCanModify mergeCommit mergeStateStatus mergeable mergedAt mergedBy "
    "milestone number potentialMergeCommit reviewDecision reviewRequests reviews state statusCheckRollup title "
    "updatedAt url"
).split()
WHO = {
    name: "GitHub" if name.endswith("NAME") else "noreply@github.example"
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
}
Pull = dict[str, Any]


class Failure(Exception):
    """What gh says on stderr before it ends with exit code 1."""


class Server:
    """The bare repository and what GitHub keeps beside it."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = json.loads(STATE.read_text(encoding="utf-8"))
        self.pulls: list[Pull] = self.state["pulls"]

    def save(self) -> None:
        STATE.write_text(json.dumps(self.state, indent=1), encoding="utf-8")

    def git(self, *arguments: str, accept: tuple[int, ...] = (0,), cwd: str | None = None) -> str:
        where = cwd or self.state["repository"]
        done = subprocess.run(
            ["git", *arguments], cwd=where, capture_output=True, text=True, check=False, env={**os.environ, **WHO}
        )
        if done.returncode not in accept:
            raise Failure(f"git {arguments[0]}: {done.stderr}")
        return done.stdout.strip()

    def oid(self, branch: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", accept=(0, 1))

    def head(self, pull: Pull) -> str:
        found: str = pull.get("headRefOid") or self.oid(pull["headRefName"])
        return found

    def merged_tree(self, pull: Pull) -> str | None:
        """None when it conflicts."""
        said = self.git("merge-tree", "--write-tree", "--no-messages", self.oid(pull["baseRefName"]), self.head(pull),
                        accept=(0, 1))  # fmt: skip
        lines = said.splitlines()
        return lines[0] if len(lines) == 1 else None

    def show(self, pull: Pull) -> Pull:
        checks = self.state["checks"].get(pull["headRefName"], [])
        now = checks[0] if checks else []
        is_open = pull["state"] == "OPEN"
        conflicts = is_open and self.merged_tree(pull) is None
        is_blocked = any(each.get("conclusion") != "SUCCESS" for each in now)
        state = "DIRTY" if conflicts else "BLOCKED" if is_blocked else "CLEAN"
        return {
            "isCrossRepository": False, "reviewDecision": "", **pull,
            "headRefOid": self.head(pull),
            "mergeable": ("CONFLICTING" if conflicts else "MERGEABLE") if is_open else "UNKNOWN",
            "mergeStateStatus": state if is_open else "UNKNOWN",
            "statusCheckRollup": now,
        }  # fmt: skip

    def pass_time(self, branch: str) -> None:
        """Each look at a pull request lets its checks go on, to the last state that the test gave."""
        checks = self.state["checks"].get(branch, [])
        if len(checks) > 1:
            checks.pop(0)

    def find(self, named: str) -> Pull:
        number = named.rpartition("/")[2]
        for pull in self.pulls:
            if str(pull["number"]) == number:
                return pull
        raise Failure(
            f"GraphQL: Could not resolve to a PullRequest with the number of {number}. (repository.pullRequest)"
        )

    def merge(self, pull: Pull, strategy: str) -> str:
        base, head = self.oid(pull["baseRefName"]), self.head(pull)
        if strategy == "rebase":
            return self.rebase(base, head)
        tree = self.merged_tree(pull)
        assert tree is not None
        number, title = pull["number"], pull["title"]
        if strategy == "merge":
            parents, message = ["-p", base, "-p", head], f"Merge pull request #{number}\n\n{title}"
        else:
            parents, message = ["-p", base], f"{title} (#{number})"
        return self.git("commit-tree", tree, *parents, "-m", message)

    def rebase(self, base: str, head: str) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            self.git("clone", "--quiet", "--shared", self.state["repository"], scratch)
            self.git("checkout", "--quiet", "--detach", head, cwd=scratch)
            self.git("rebase", "--quiet", base, cwd=scratch)
            oid = self.git("rev-parse", "HEAD", cwd=scratch)
            self.git("fetch", "--quiet", scratch, oid)
            return oid


def list_pulls(server: Server, asked: argparse.Namespace) -> str:
    found = [
        server.show(pull) for pull in reversed(server.pulls)
        if asked.head in {None, pull["headRefName"]} and asked.base in {None, pull["baseRefName"]}
        and (asked.state == "all" or pull["state"].lower() == asked.state)
    ]  # fmt: skip
    return json.dumps([_only(each, asked.json) for each in found[: asked.limit]])


def view(server: Server, asked: argparse.Namespace) -> str:
    pull = server.find(asked.named)
    server.pass_time(pull["headRefName"])
    return json.dumps(_only(server.show(pull), asked.json))


def create(server: Server, asked: argparse.Namespace) -> str:
    if not server.oid(asked.head):
        said = f"No commits between {asked.base} and {asked.head}, Head ref must be a branch (createPullRequest)"
        raise Failure(f"pull request create failed: GraphQL: Head sha can't be blank, {said}")
    existing = [each for each in server.pulls if each["headRefName"] == asked.head and each["state"] == "OPEN"]
    if existing:
        raise Failure(f"a pull request for branch {asked.head!r} into branch {asked.base!r} already exists:\n"
                      f"{existing[0]['url']}")  # fmt: skip
    number = len(server.pulls) + 1
    url = f"https://github.example/acme/shop/pull/{number}"
    server.pulls.append({
        "number": number, "url": url, "state": "OPEN", "isDraft": asked.draft, "headRefName": asked.head,
        "baseRefName": asked.base, "title": asked.title, "body": _body(asked), "mergeCommit": None,
    })  # fmt: skip
    return url


def edit(server: Server, asked: argparse.Namespace) -> str:
    pull = server.find(asked.named)
    if asked.title is not None:
        pull["title"] = asked.title
    if asked.body_file is not None:
        pull["body"] = _body(asked)
    return str(pull["url"])


def merge(server: Server, asked: argparse.Namespace) -> str:
    pull = server.find(asked.named)
    strategy = next(each for each in ("merge", "squash", "rebase") if getattr(asked, each))
    if asked.match_head_commit not in {None, server.head(pull)}:
        raise Failure("GraphQL: Head branch was modified. Review and try the merge again. (mergePullRequest)")
    state = server.show(pull)["mergeStateStatus"]
    if asked.auto and state == "BLOCKED":
        pull["autoMergeRequest"] = {"mergeMethod": strategy.upper()}
        return ""
    if state != "CLEAN":
        said = (
            "the merge commit cannot be cleanly created" if state == "DIRTY" else "the base branch policy prohibits it"
        )
        raise Failure(f"X Pull request #{pull['number']} is not mergeable: {said}.")
    head, oid = server.head(pull), server.merge(pull, strategy)
    server.git("update-ref", f"refs/heads/{pull['baseRefName']}", oid)
    pull.update(state="MERGED", headRefOid=head, mergeCommit={"oid": oid})
    return ""


def _only(shown: Pull, fields: str) -> Pull:
    wanted = fields.split(",")
    unknown = [each for each in wanted if each not in FIELDS]
    if unknown:
        raise Failure(f'Unknown JSON field: "{unknown[0]}"\nAvailable fields:\n  ' + "\n  ".join(FIELDS))
    return {name: shown.get(name) for name in wanted}


def _body(asked: argparse.Namespace) -> str:
    assert asked.body_file == "-"
    return sys.stdin.read()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gh", allow_abbrev=False)
    acts = parser.add_subparsers(required=True).add_parser("pr").add_subparsers(required=True)
    listing = acts.add_parser("list")
    listing.add_argument("--head")
    listing.add_argument("--base")
    listing.add_argument("--state", choices=["open", "closed", "merged", "all"], default="open")
    listing.add_argument("--limit", type=int, default=30)
    listing.add_argument("--json", required=True)
    listing.set_defaults(act=list_pulls)
    viewing = acts.add_parser("view")
    viewing.add_argument("named")
    viewing.add_argument("--json", required=True)
    viewing.set_defaults(act=view)
    creating = acts.add_parser("create")
    for name in ("--head", "--base", "--title", "--body-file"):
        creating.add_argument(name, required=True)
    creating.add_argument("--draft", action="store_true")
    creating.set_defaults(act=create)
    editing = acts.add_parser("edit")
    editing.add_argument("named")
    editing.add_argument("--title")
    editing.add_argument("--body-file")
    editing.set_defaults(act=edit)
    merging = acts.add_parser("merge")
    merging.add_argument("named")
    for name in ("--merge", "--squash", "--rebase", "--auto"):
        merging.add_argument(name, action="store_true")
    merging.add_argument("--match-head-commit")
    merging.set_defaults(act=merge)
    return parser


def main() -> int:
    server = Server()
    server.state["asked"].append(sys.argv[1:])
    server.save()
    if not server.state["logged_in"]:
        print("To get started with GitHub CLI, please run:  gh auth login", file=sys.stderr)
        return 4
    failure = server.state.get("failure")
    if failure:
        print(failure, file=sys.stderr)
        return 1
    asked = _parser().parse_args()
    try:
        said = asked.act(server, asked)
    except Failure as error:
        server.save()
        print(error, file=sys.stderr)
        return 1
    server.save()
    if said:
        print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
