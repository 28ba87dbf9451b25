"""Django itself, on SQLite, agrees with what the style makes of three agents' chains; django-linear-migrations too."""

from importlib.util import find_spec
from pathlib import Path

from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.registry import style_for, support_while_waiting
from support import lineages
from support.django_lineages import chain_files, django, make_project, migration
from support.lineages import Files, place_all, require_whole

DJANGO = style_for("django")
PATH = "shop/migrations"


def submit(files: Files, first: int, number: int) -> list[Incoming]:
    return lineages.submit(DJANGO, files, first, number, PATH)


BASE: Files = {**chain_files("0001_initial", "0002_b"), b"max_migration.txt": b"0002_b\n"}
CONTRIB = ("django.contrib.contenttypes", "django.contrib.auth")
MODELS = ["T1", "T2", "X1", "X2", "Y1", "Z1", "Z2", "Z3"]


def three_agents() -> list[Incoming]:
    """Chains of two, one and three, all begun at the same leaf or before it."""
    a1 = {b"0003_x.py": migration("X1", "0002_b"), b"0004_y.py": migration("X2", "0003_x")}
    a2 = {b"0003_x.py": migration("Y1", ("auth", "0001_initial"), "0002_b")}
    a3 = {b"0002_u.py": migration("Z1", "0001_initial"), b"0003_v.py": migration("Z2", "0002_u"),
          b"0004_w.py": migration("Z3", "0003_v", "0002_u")}  # fmt: skip
    return [*submit(a1, 1, 3), *submit(a2, 3, 5), *submit(a3, 4, 6)]


def shown(place: Path) -> list[str]:
    listed = django(place, "showmigrations", "shop", "--plan").splitlines()
    return [line.split("shop.")[1].split()[0] for line in listed if "shop." in line]


def test_django_runs_what_was_placed_and_misses_nothing(tmp_path: Path) -> None:
    placed = place_all(DJANGO, BASE, three_agents(), PATH)
    place = make_project(tmp_path / "site", {"shop": (placed, MODELS)}, *CONTRIB, "django_linear_migrations")

    django(place, "check")
    assert shown(place) == [each.key for each in DJANGO.read_chain(placed).entries]
    django(place, "migrate")
    assert django(place, "makemigrations", "--check", "--dry-run") == "No changes detected"
    django(place, "migrate", "shop", "0002")
    django(place, "migrate", "shop")
    assert django(place, "migrate", "--check") == ""


def test_what_the_queue_prevents_is_what_django_refuses(tmp_path: Path) -> None:
    clashing = {**BASE, b"0003_x.py": migration("X1", "0002_b"), b"0003_y.py": migration("Y1", "0002_b")}
    place = make_project(tmp_path / "site", {"shop": (clashing, MODELS)}, "django_linear_migrations")
    assert "multiple leaf nodes" in django(place, "migrate", "--skip-checks", code=1)
    assert "dlm.E005" in django(place, "check", code=1)


def test_django_runs_a_waiting_file_after_what_there_is(tmp_path: Path) -> None:
    mine = {b"0003_x.py": migration("X1", "0002_b"), b"0004_y.py": migration("X2", "0003_x")}
    waiting = {name: content for each in submit(mine, 12, 3) for name, content in each.files.items()}
    files = BASE | waiting
    files |= support_while_waiting("django", files, PATH)
    place = make_project(tmp_path / "site", {"shop": (files, ["T1", "T2", "X1", "X2"])}, "django_linear_migrations")
    django(place, "check")
    django(place, "migrate")
    assert shown(place) == ["0001_initial", "0002_b", "900000012_x", "900000013_y"]
    assert django(place, "makemigrations", "--check", "--dry-run") == "No changes detected"


def test_django_takes_a_placed_squashed_migration(tmp_path: Path) -> None:
    both = migration("T1").replace(b"\n    ]\n", b"\n" + migration("T2").partition(b"operations = [\n")[2])
    replaces = b'    replaces = [("shop", "0001_initial"), ("shop", "0002_b")]\n'
    squashed = both.replace(b"    dependencies =", replaces + b"    dependencies =")
    incoming = [*submit({b"0001_squashed_0002_b.py": squashed}, 1, 3),
                *submit({b"0003_x.py": migration("X1", "0002_b")}, 2, 4)]  # fmt: skip
    placed = place_all(DJANGO, BASE, incoming, PATH)
    place = make_project(tmp_path / "blank", {"shop": (placed, MODELS[:3])}, "django_linear_migrations")
    django(place, "check")
    django(place, "migrate")
    assert django(place, "makemigrations", "--check", "--dry-run") == "No changes detected"
    before = make_project(tmp_path / "head", {"shop": (BASE, MODELS[:2])})
    django(before, "migrate")
    for name, content in placed.items():
        (before / "shop" / "migrations" / name.decode()).write_bytes(content)
    django(before, "migrate")
    assert django(before, "migrate", "--check") == ""


def test_django_numbers_on_after_what_was_placed(tmp_path: Path) -> None:
    placed = place_all(DJANGO, BASE, three_agents(), PATH)
    place = make_project(tmp_path / "site", {"shop": (placed, [*MODELS, "New"])}, *CONTRIB)
    django(place, "makemigrations")
    assert (place / "shop" / "migrations" / "0009_new.py").exists()


def made_by_django(place: Path, models: list[str], *arguments: str) -> Files:
    """The files that `makemigrations` adds for these models, by the order of their names."""
    known = set((place / "shop" / "migrations").iterdir())
    text = "".join(f"\n\nclass {model}(models.Model):\n    name = models.TextField()\n" for model in models)
    (place / "shop" / "models.py").write_text(f"from django.db import models\n{text}")
    django(place, "makemigrations", "shop", *arguments)
    return {file.name.encode(): file.read_bytes()
            for file in sorted((place / "shop" / "migrations").glob("*.py")) if file not in known}  # fmt: skip


def test_what_django_makes_for_three_agents_becomes_one_chain(tmp_path: Path) -> None:
    base = made_by_django(make_project(tmp_path / "base", {"shop": ({}, [])}), ["Base"])
    agents: list[Incoming] = []
    for number, model in enumerate(["Alpha", "Beta", "Gamma"], 1):
        place = make_project(tmp_path / model, {"shop": (base, [])})
        mine = made_by_django(place, ["Base", model]) | made_by_django(place, ["Base", model, f"{model}Two"])
        assert len(mine) == 2
        agents += submit(mine, 2 * number, 2 * number)
    placed = place_all(DJANGO, base, agents, PATH)
    assert list(placed) == [b"0001_initial.py", b"0002_alpha.py", b"0003_alphatwo.py", b"0004_beta.py",
                            b"0005_betatwo.py", b"0006_gamma.py", b"0007_gammatwo.py"]  # fmt: skip
    place = make_project(tmp_path / "all", {"shop": (placed, [])})
    every = ["Base", "Alpha", "AlphaTwo", "Beta", "BetaTwo", "Gamma", "GammaTwo"]
    assert made_by_django(place, every, "--dry-run") == {}
    django(place, "migrate")
    assert django(place, "makemigrations", "--check", "--dry-run") == "No changes detected"


def test_what_django_merges_and_squashes_gets_its_place(tmp_path: Path) -> None:
    base: Files = {**chain_files("0001_initial", "0002_b"), b"0002_c.py": migration("C", "0001_initial")}
    place = make_project(tmp_path / "merging", {"shop": (base, ["T1", "T2", "C"])})
    django(place, "makemigrations", "--merge", "--noinput")
    merge = {file.name.encode(): file.read_bytes() for file in (place / "shop" / "migrations").glob("0003_*.py")}
    placed = place_all(DJANGO, base, submit(merge, 1, 3), PATH)

    place = make_project(tmp_path / "squashing", {"shop": (placed, ["T1", "T2", "C"])})
    last = DJANGO.read_chain(placed).heads[0]
    django(place, "squashmigrations", "shop", last, "--noinput")
    [squashed] = (place / "shop" / "migrations").glob("*_squashed_*.py")
    placed = place_all(DJANGO, placed, submit({squashed.name.encode(): squashed.read_bytes()}, 2, 4), PATH)
    place = make_project(tmp_path / "after", {"shop": (placed, ["T1", "T2", "C"])})
    django(place, "migrate")
    assert django(place, "makemigrations", "--check", "--dry-run") == "No changes detected"


def test_djangos_own_apps_are_read_as_whole_chains() -> None:
    read = 0
    spec = find_spec("django.contrib")
    assert spec is not None
    assert spec.origin is not None
    for folder in Path(spec.origin).parent.glob("*/migrations"):
        files = {file.name.encode(): file.read_bytes() for file in folder.glob("*.py")}
        chain = require_whole(DJANGO.read_chain(files))
        assert len(chain.heads) == 1
        told = [DJANGO.tell(name, files[name], f"{folder.parent.name}/migrations") for [name] in
                (each.files for each in chain.entries)]  # fmt: skip
        assert [each.key for each in told] == [each.key for each in chain.entries]
        read += len(told)
    assert read > 20
