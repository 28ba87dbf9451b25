"""Anthropic's Messages API, streamed, as far as Claude Code uses it: POST /v1/messages."""

import json
from collections.abc import Iterator

from support.model_calls import Dialect, Json, ToolCall, text_of

_USAGE = {"input_tokens": 1, "output_tokens": 1}


def _is_turn(request: Json) -> bool:
    return bool(request.get("tools"))


def _read_results(request: Json) -> list[str]:
    blocks = [block for message in request["messages"] if isinstance(message["content"], list)
              for block in message["content"]]  # fmt: skip
    return [text_of(block.get("content", "")) for block in blocks if block["type"] == "tool_result"]


def _stream(call: ToolCall | None, number: int) -> Iterator[Json]:
    message: Json = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "stub", "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": _USAGE}  # fmt: skip
    block, delta = _block(call, number)
    reason = "tool_use" if call else "end_turn"
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": _USAGE}
    yield {"type": "message_stop"}


def _block(call: ToolCall | None, number: int) -> tuple[Json, Json]:
    if call is None:
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": "Done."}
    block = {"type": "tool_use", "id": f"toolu_{number}", "name": call.tool, "input": {}}
    return block, {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}


MESSAGES = Dialect(_is_turn, _read_results, _stream)
