"""Whether there may be a secret in some bytes. On the hook path: builtins only.

The first half of the leak check: what isn't suspicious here is looked at no further, by the fast way and by the whole
program alike, so both have one answer. What is, goes to `guessing`.
"""

# What the tokens that are known by their form begin with, or have in them.
MARKS = (
    b"PRIVATE KEY", b"PuTTY-User-Key-File-2", b"AKIA", b"ASIA", b"ABIA", b"ACCA", b"A3T", b"ghp_", b"gho_", b"ghu_",
    b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"gldt-", b"glft-", b"glsoat-", b"glrt-", b"GR1348941", b"glcbt-",
    b"glimt-", b"glptt-", b"glagent-", b"gloas-", b"eyJ", b"_authToken", b"T3BlbkFJ", b"pypi-Ag", b"SG.", b"xox",
    b"hooks.slack.com", b"sq0csp-", b"k_live_", b"AccountKey", b"sk-ant-", b"sk-proj-", b"sk-or-", b"AIza", b"gsk_",
)  # fmt: skip
SHORTEST_RUN = 20
LONGEST_RUN = 512  # longer ones are content: pictures, certificates, compiled code
SHORTEST_HEX = 32
_FEWEST_DIFFERENT = 17  # 4 bits of entropy a character take more than 16 different ones
_FEWEST_DIFFERENT_HEX = 9
_DIGEST_LENGTHS = frozenset({32, 40, 56, 64, 96, 128})
_DIGEST_NAMES = (b"sha1-", b"sha256-", b"sha384-", b"sha512-")
_WORDS = (b"key", b"token", b"secret", b"passw", b"credential")
_JOINTS = frozenset(b"-_/")
_HEX = b"0123456789abcdefABCDEF"
_DIGITS = frozenset(b"0123456789")
_RUN = b"x" * SHORTEST_RUN


def _make_shapes() -> bytes:
    table = bytearray(b" " * 256)
    for char in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_":
        table[char] = ord("x")
    table[ord("=")] = ord("=")
    table[ord("'")] = table[ord('"')] = ord("q")
    table[ord("\n")] = table[ord("\r")] = ord("\n")
    return bytes(table)


_SHAPES = _make_shapes()


def is_suspicious(content: bytes) -> bool:
    """Whether something in `content` has the mark of a token, or is random enough to be one: in quotes, or at the end
    of a line that says what it is (`API_KEY=…`)."""
    if any(mark in content for mark in MARKS):
        return True
    shape = content.translate(_SHAPES)
    return _RUN in shape and (_has_quoted(content, shape) or _has_assigned(content, shape))


def may_be_key(value: bytes, line: bytes) -> bool:
    """Whether a run of letters, digits and `+/-_=` is varied enough. Words, paths, and digests (unless `line`, where it
    stands, says otherwise) are not."""
    if not SHORTEST_RUN <= len(value) <= LONGEST_RUN or value.startswith(_DIGEST_NAMES):
        return False
    different = frozenset(value)
    if not different & _DIGITS:
        return False
    if not value.translate(None, _HEX):
        is_long = len(value) >= SHORTEST_HEX and len(different) >= _FEWEST_DIFFERENT_HEX
        return is_long and (len(value) not in _DIGEST_LENGTHS or says_secret(line))
    has_one_case = value in (value.lower(), value.upper())
    return len(different) >= _FEWEST_DIFFERENT and not (has_one_case and different & _JOINTS)


def says_secret(line: bytes) -> bool:
    """Whether the line speaks of a key, token, secret, password or credential."""
    lower = line.lower()
    return any(word in lower for word in _WORDS)


def _has_quoted(content: bytes, shape: bytes) -> bool:
    place = 0
    for piece in shape.split(b"q"):
        end = place + len(piece)
        is_run = len(piece) >= SHORTEST_RUN and not piece.strip(b"x=")
        if is_run and may_be_key(content[place:end], _line_around(content, place)):
            return True
        place = end + 1
    return False


def _has_assigned(content: bytes, shape: bytes) -> bool:
    place = 0
    for line in shape.split(b"\n"):
        written = line.rstrip(b" ")
        end = place + len(written)
        if written.endswith((_RUN[:3], b"=")):
            run = written[len(written.rstrip(b"x=")) :]
            core = run.rstrip(b"=")
            length = len(core.rpartition(b"=")[2]) + len(run) - len(core)
            text = content[place:end]
            if length >= SHORTEST_RUN and says_secret(text) and may_be_key(content[end - length : end], text):
                return True
        place += len(line) + 1
    return False


def _line_around(content: bytes, place: int) -> bytes:
    end = content.find(b"\n", place)
    return content[content.rfind(b"\n", 0, place) + 1 : end if end >= 0 else len(content)]
