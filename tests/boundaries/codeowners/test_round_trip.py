"""In and out with equal decisions: generated CODEOWNERS texts and generated policies, over a generated tree.

What a text decides is asked of a small matcher of GitHub's rules that is apart from the product
(`support.code_owners`); what a policy decides, of its territory.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.policy.territory import SHARED_CONFLICT
from agentgrid.errors import ConfigError
from support.code_owners import export_text, import_text, owners_on_map, reference_owners
from support.desks import make_policy
from support.maps import make_territory

# Every construct of the documentation, in its words.
DOCUMENTED = """\
# This is a comment.
*       @global-owner1 @global-owner2

*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/ours/ @octocat
/ours/github @doctocat
path\\ with\\ spaces/ @Octocat
/pages/\\[id\\]/*.tsx @js-owner
docs/deep/* @js-owner
"""
PATHS = [
    "README", "a.js", "docs/a.js", "docs/x.md", "docs/x/a.js", "docs/x/y/z.txt", "docs/deep/a", "docs/deep/er/a",
    "docs/deep/er/a.go", "build/logs/x", "build/logs/deep/x", "x/build/logs/y", "apps", "apps/x", "apps/github",
    "apps/github/x", "apps/github/logs/x", "apps/github/apps/x", "x/apps/y", "x/apps", "scripts/x", "scripts/logs",
    "scripts/logs/x", "deeply/nested/logs", "deeply/nested/logs/x.go", "ours/x", "ours/github", "ours/github/a.txt",
    "path with spaces/x", "x/path with spaces/y/z", "pages/[id]/x.tsx", "pages/i/x.tsx", "a.js/b.txt", "x.txt/y.js",
    "docs/*", "docs/x*y", "#x", "!x", "x#y", "a.js/logs/apps/docs/b.go", "logs", "x/logs/apps/y",
]  # fmt: skip

names = st.sampled_from(["a", "b", "c", "*", "a*", "*.b", "?", "a?", "*a*", "**", r"\*", r"a\ b", r"\[a\]"])
patterns = st.builds(
    lambda lead, segments, tail: lead + "/".join(segments) + tail,
    st.sampled_from(["", "/"]),
    st.lists(names, min_size=1, max_size=4),
    st.sampled_from(["", "", "/", "/*", "/**"]),
)
owners = st.lists(st.sampled_from(["@a", "@B", "@org/c", "d@example.com"]), max_size=2, unique=True)
texts = st.lists(st.builds(lambda pattern, who: " ".join([pattern, *who]), patterns, owners), max_size=6).map("\n".join)
path_names = st.sampled_from(["a", "b", "ab", "a.b", "c", "x", "*", "a b", "[a]"])
files = st.lists(st.lists(path_names, min_size=1, max_size=5).map("/".join), min_size=1, max_size=30, unique=True)

GRID = "codeowners: {common: '@shared', frozen: '@frozen'}\n"
SERVICES = "services: {one: [a/**, '!a/b'], two: ['**/c', '!b/**', 'b/a']}\n"
items = st.one_of(
    st.sampled_from(["one", "two", "!one", "!two"]),
    st.builds(
        lambda sign, segments, tail: sign + "/" + "/".join(segments) + tail,
        st.sampled_from(["", "", "!"]),
        st.lists(st.sampled_from(["a", "b", "c", "*", "a*", "**", "?", "[ab]"]), min_size=1, max_size=3),
        st.sampled_from(["", "/"]),
    ),
)
lists = st.lists(items, max_size=3)


def flow(patterns: list[str]) -> str:
    return "[" + ", ".join(f"'{pattern}'" for pattern in patterns) + "]"


def test_every_documented_construct_decides_the_same_going_in_and_out() -> None:
    _, policy, territory = import_text(DOCUMENTED, "codeowners: {common: []}\n")
    out = export_text(policy, territory).text
    _, again, territory_again = import_text(out, "codeowners: {common: []}\n")

    for path in PATHS:
        wanted = reference_owners(DOCUMENTED, path)
        assert owners_on_map(policy, territory, path) == wanted, path
        assert reference_owners(out, path) == wanted, path
        assert owners_on_map(again, territory_again, path) == wanted, path


@settings(max_examples=100, deadline=None)
@given(texts, files)
def test_a_text_and_the_policy_it_becomes_decide_alike(text: str, paths: list[str]) -> None:
    try:
        _, policy, territory = import_text(text, "codeowners: {common: []}\n")
    except ConfigError:
        return  # the few that no list of patterns says: test_importing
    out = export_text(policy, territory).text

    for path in paths:
        wanted = reference_owners(text, path)
        assert owners_on_map(policy, territory, path) == wanted, (path, out)
        assert reference_owners(out, path) == wanted, (path, out)


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[lists] * 6), lists, files)
def test_a_policy_and_its_export_decide_alike_or_it_is_refused(
    owned: tuple[list[str], ...], common: list[str], paths: list[str]
) -> None:
    one, one_more, two, two_more, looked_after, frozen = map(flow, owned)
    grid = f"{GRID}{SERVICES}common: {flow(common)}\nfrozen: {frozen}\n"
    agents = {
        "a1": f"{{critical: {one}, support: {one_more}, common: {looked_after}}}",
        "a2": f"{{critical: {two}, support: {two_more}, common: {flow(common[:1])}}}",
    }
    territory = make_territory(grid, **agents)
    policy = make_policy(
        grid, {each: f"id: {each}\ncodeowners: '@{each}'\nowns: {owns}\n" for each, owns in agents.items()}
    )
    try:
        out = export_text(policy, territory).text
    except ConfigError:
        return

    for path in paths:
        assert territory.place(path.encode()).state != SHARED_CONFLICT
        assert reference_owners(out, path) == owners_on_map(policy, territory, path), (path, out)
