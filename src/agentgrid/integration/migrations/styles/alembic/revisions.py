"""The style `alembic`: revisions get their place by what they follow; ids are kept unless the lineage counts them."""

import ast
from collections.abc import Mapping, Sequence

from agentgrid.boundaries.migrations.lineages import is_alembic_revision
from agentgrid.boundaries.migrations.names import provisional_digits, request_number
from agentgrid.integration.migrations.styles.alembic.file_names import provisional_name, swap_id
from agentgrid.integration.migrations.styles.alembic.lineage import chain_of, read_revisions
from agentgrid.integration.migrations.styles.alembic.placement import Placing
from agentgrid.integration.migrations.styles.alembic.revision import require_revision
from agentgrid.integration.migrations.styles.alembic.rewriting import rewrite_revision
from agentgrid.integration.migrations.styles.alembic.telling import read_deeds
from agentgrid.integration.migrations.styles.chain import Chain, Incoming, Placement, Told
from agentgrid.integration.migrations.styles.placing import split_directory
from agentgrid.integration.migrations.styles.python_source import lay_out, parse_source


class AlembicRevisions:
    """The style `alembic`."""

    name = "alembic"
    endings: tuple[bytes, ...] = (b".py",)
    can_be_asked = False

    def is_migration(self, name: bytes) -> bool:
        return is_alembic_revision(name)

    def read_chain(self, files: Mapping[bytes, bytes]) -> Chain:
        return chain_of(read_revisions(files))

    def tell(self, name: bytes, content: bytes, lineage_path: str) -> Told:  # noqa: ARG002 - the style's shape
        revision = require_revision(name, content)
        tree = parse_source(name, content)
        up, down, is_reversible = read_deeds(tree)
        first_line = (ast.get_docstring(tree) or "").strip().partition("\n")[0]
        title = first_line or split_directory(name)[1].decode("utf-8", "replace").removesuffix(".py")
        return Told(
            revision.id, revision.follows, title, is_reversible, lay_out(up.sql), lay_out(down.sql),
            tuple(sorted(up.objects)), tuple(up.destructive),
        )  # fmt: skip

    def provisional(
        self,
        name: bytes,
        content: bytes,
        counted: int,
        renamed: Mapping[str, str],
        lineage_path: str = "",  # noqa: ARG002 - the style's shape
    ) -> tuple[bytes, bytes, str]:
        revision = require_revision(name, content)
        digits = provisional_digits(counted, self.name)
        is_numbered = revision.is_counted or request_number(revision.id.encode()) is not None
        id_ = digits.decode() if is_numbered else revision.id
        directory, own = split_directory(name)
        new_name = directory + provisional_name(swap_id(own, revision.id, id_), digits)
        values = {
            "revision": (id_,),
            "down_revision": tuple(renamed.get(each, each) for each in revision.follows),
            "depends_on": tuple(renamed.get(each, each) for each in revision.depends_on),
        }
        was = {"revision": (revision.id,), "down_revision": revision.follows, "depends_on": revision.depends_on}
        return new_name, content if values == was else rewrite_revision(name, content, values), id_

    def place(self, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], lineage_path: str) -> Placement:
        return Placing(files, lineage_path).place(incoming)
