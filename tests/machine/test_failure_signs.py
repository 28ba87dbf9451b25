"""Whether a failure is a command's own or the machine's."""

import pytest

from agentgrid.machine.failure_signs import find_trouble


@pytest.mark.parametrize(
    ("code", "output", "trouble"),
    [
        (1, b"assert 1 == 2\n", ""),
        (139, b"Segmentation fault\n", ""),
        (137, b"", "ended by SIGKILL"),
        (143, b"", "ended by SIGTERM"),
        (1, b"cp: write error: No space left on device\n", "the disk is full"),
        (0, b"No space left on device\n", ""),
    ],
)
def test_what_the_machine_did_is_told_from_what_the_command_did(code: int, output: bytes, trouble: str) -> None:
    assert find_trouble(code, output) == trouble
