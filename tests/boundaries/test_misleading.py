"""Ways to show git another history or another change than would be pushed: the verdict doesn't follow any of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agentgrid.git import process
from support.checks import broken, check, start_work
from support.grids import BILLING, ORDERS
from support.repositories import Sandbox, create_repository

FOREIGN = [("ownership.foreign", BILLING.encode())]

Way = Callable[[Sandbox, Path], Mapping[str, str]]


def replace_the_commit(work: Sandbox, _: Path) -> dict[str, str]:
    work.commit("Foreign", **{BILLING: "evil\n"})
    work.git("replace", work.oid(), work.git("commit-tree", "main^{tree}", "-p", "main", "-m", "Harmless"))
    return {}


def replace_the_commit_and_say_that_it_counts(work: Sandbox, path: Path) -> dict[str, str]:
    work.git("config", "core.useReplaceRefs", "true")
    return replace_the_commit(work, path)


def replace_the_commit_elsewhere(work: Sandbox, path: Path) -> dict[str, str]:
    replace_the_commit(work, path)
    work.git("update-ref", f"refs/others/{work.oid()}", f"refs/replace/{work.oid()}")
    work.git("replace", "-d", work.oid())
    return {"GIT_REPLACE_REF_BASE": "refs/others/"}


def replace_the_tree(work: Sandbox, _: Path) -> dict[str, str]:
    work.commit("Foreign", **{BILLING: "evil\n"})
    work.git("replace", "HEAD^{tree}", "main^{tree}")
    return {}


def replace_where_a_link_leads(work: Sandbox, _: Path) -> dict[str, str]:
    link = work.path / "services/orders/link"
    link.symlink_to("../billing/main.py")
    work.commit("Link")
    work.git("replace", "HEAD:services/orders/link", work.git("hash-object", "-w", "--stdin", stdin="main.py"))
    return {}


def _put_back(work: Sandbox) -> str:
    """The base changed billing; the branch, which has that, makes it what it was. Returns the commit before."""
    before = work.oid("main")
    work.switch("main")
    work.commit("Mend billing", **{BILLING: "MENDED = 1\n"})
    work.switch("a1")
    work.git("merge", "--quiet", "--ff-only", "main")
    work.commit("Break it again", **{BILLING: work.git("show", f"{before}:{BILLING}") + "\n"})
    return before


def graft_the_branch_on_an_older_base(work: Sandbox, path: Path) -> dict[str, str]:
    before = _put_back(work)
    (path / "grafts").write_text(f"{work.oid()} {before}\n", encoding="utf-8")
    return {"GIT_GRAFT_FILE": str(path / "grafts")}


def graft_it_by_the_repositorys_own_file(work: Sandbox, _: Path) -> dict[str, str]:
    before = _put_back(work)
    work.write(".git/info/grafts", f"{work.oid()} {before}\n")
    return {}


def cut_off_what_the_branch_has_of_the_base(work: Sandbox, path: Path) -> dict[str, str]:
    before = _put_back(work)
    tree = work.oid("HEAD^{tree}")
    cut = work.git("commit-tree", tree, "-p", "main", "-m", "On the base")
    old = work.git("commit-tree", tree, "-p", before, "-m", "On the older base")
    work.git("reset", "--quiet", "--hard", work.git("commit-tree", tree, "-p", old, "-p", cut, "-m", "Both"))
    (path / "shallow").write_text(f"{cut}\n", encoding="utf-8")
    return {"GIT_SHALLOW_FILE": str(path / "shallow")}


WAYS = [
    replace_the_commit, replace_the_commit_and_say_that_it_counts, replace_the_commit_elsewhere, replace_the_tree,
    replace_where_a_link_leads, graft_the_branch_on_an_older_base, graft_it_by_the_repositorys_own_file,
    cut_off_what_the_branch_has_of_the_base,
]  # fmt: skip


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    return start_work(repo)


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MISLEADING_VARIABLES", ())
    monkeypatch.setattr(process, "PINNED_VARIABLES", {"LC_ALL": "C"})
    monkeypatch.setattr(process, "PINNED_SETTINGS", ())


@pytest.mark.parametrize("way", WAYS)
def test_the_verdict_is_on_what_would_be_pushed(
    work: Sandbox, tmp_path: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in way(work, tmp_path).items():
        monkeypatch.setenv(name, value)
    assert broken(check(work)) == FOREIGN


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("way", WAYS)
def test_each_of_these_ways_would_mislead(
    work: Sandbox, tmp_path: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in way(work, tmp_path).items():
        monkeypatch.setenv(name, value)
    assert check(work).findings == ()


SETTINGS: list[dict[str, str]] = [
    {"diff.ignoreSubmodules": "all", "submodule.services/billing/lib.ignore": "all"},
    {"diff.renames": "copies", "diff.renameLimit": "0"},
    {"diff.relative": "true"},
    {"diff.external": "true", "diff.orderFile": "/dev/null"},
    {"diff.submodule": "log", "diff.noPrefix": "true"},
    {"core.quotePath": "true", "core.ignoreCase": "true", "core.precomposeUnicode": "true"},
    {"core.fileMode": "false", "core.symlinks": "false", "core.checkStat": "minimal"},
    {"color.ui": "always", "column.ui": "always", "core.abbrev": "4"},
    {"core.attributesFile": "attributes", "diff.lie.textconv": "true", "diff.lie.command": "true"},
    {"log.showRoot": "false", "log.follow": "true", "log.diffMerges": "off", "format.pretty": "oneline"},
]


def test_settings_from_the_command_line_change_nothing(work: Sandbox, tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", code="x\n")
    (work.path / "attributes").write_text("* diff=lie -text\n", encoding="utf-8")
    work.git("submodule", "--quiet", "add", library.path, "services/billing/lib")
    work.git("mv", BILLING, "services/orders/größe.py")
    work.git("update-index", "--chmod=+x", "services/common/cache.py")
    (work.path / "services/orders/link").symlink_to("../billing/tax.py")
    work.git("add", "services/orders/link")
    work.git("commit", "--quiet", "--no-verify", "-m", "Work")
    expected = [check(work, head=head) for head in ("HEAD", None)]
    foreign = [b"services/billing/lib", BILLING.encode(), b"services/billing/tax.py"]
    assert broken(expected[0]) == broken(expected[1]) == [("ownership.foreign", path) for path in foreign]
    for settings in SETTINGS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_CONFIG_COUNT", str(len(settings)))
            for number, (key, value) in enumerate(settings.items()):
                patch.setenv(f"GIT_CONFIG_KEY_{number}", key)
                patch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
            patch.setenv("GIT_CONFIG_PARAMETERS", " ".join(f"'{key}'='{value}'" for key, value in settings.items()))
            assert (settings, [check(work, head=head) for head in ("HEAD", None)]) == (settings, expected)


@pytest.mark.parametrize("name", ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
def test_a_way_of_reading_paths_changes_nothing(work: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work.commit("Foreign", **{BILLING: "evil\n", "services/orders/[ab]*.py": "x\n", "services/orders/Main.py": "x\n"})
    expected = check(work), check(work, head=None)
    monkeypatch.setenv(f"GIT_{name}_PATHSPECS", "1")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "true")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    assert (check(work), check(work, head=None)) == expected
    assert broken(expected[0]) == [*FOREIGN, ("path.collision", b"services/orders/Main.py")]


def test_a_shown_signature_is_not_taken_for_the_commit(work: Sandbox, tmp_path: Path) -> None:
    work.commit("Foreign", **{BILLING: "evil\n"})
    text = work.git("cat-file", "commit", "HEAD").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n "
                                                          "-----END PGP SIGNATURE-----\n\n", 1)  # fmt: skip
    signed = work.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=f"{text}\n")
    work.git("reset", "--quiet", "--hard", signed)
    (tmp_path / "gpg").write_text("#!/bin/sh\necho a good signature >&2\n", encoding="utf-8")
    (tmp_path / "gpg").chmod(0o755)
    work.git("config", "gpg.program", tmp_path / "gpg")
    work.git("config", "log.showSignature", "true")
    assert "a good signature" in work.git("log", "-1", "--format=%H", "--", BILLING)
    (finding,) = check(work).findings
    assert finding.commit == signed
    assert ORDERS not in finding.message
