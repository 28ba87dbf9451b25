"""The JSON envelope: every answer and every error in one versioned shape."""

import json
import os
from typing import Any

from agentgrid.errors import AgentGridError


def render_answer(noun: str, data: Any, *, version: int = 1) -> str:
    """`{"schema": "agentgrid.<noun>/1", "data": …}` as one line of text."""
    return _dump({"schema": f"agentgrid.{noun}/{version}", "data": data})


def render_error(error: AgentGridError) -> str:
    return _dump(
        {
            "schema": "agentgrid.error/1",
            "error": {
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
                "details": error.details,
            },
        }
    )


def _dump(value: Any) -> str:
    indent = 2 if os.isatty(1) else None
    return json.dumps(value, indent=indent, default=str)
