"""Django itself, on SQLite, agrees with what the style makes of three agents' chains; django-linear-migrations too."""

from pathlib import Path

from agentgrid.integration.migrations.styles.chain import Incoming
from agentgrid.integration.migrations.styles.registry import style_for
from support.django_lineages import chain_files, django, make_project, migration
from support.lineages import Files, place_all

DJANGO = style_for("django")
PATH = "shop/migrations"


def submit(files: Files, first: int, number: int) -> list[Incoming]:
    renamed: dict[str, str] = {}
    made = []
    for at, (name, content) in enumerate(files.items()):
        waiting, changed, key = DJANGO.provisional(name, content, first + at, renamed)
        renamed[name.decode().removesuffix(".py")] = key
        made.append(Incoming(f"m{first + at}", "x", number + at, {waiting: changed}))
    return made


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
    place = make_project(tmp_path / "site", {"shop": (BASE | waiting, MODELS[:4])})
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
