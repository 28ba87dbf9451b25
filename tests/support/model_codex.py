"""OpenAI's Responses API, streamed, as far as Codex uses it: POST /v1/responses."""

import json
from collections.abc import Iterator

from support.model_calls import Dialect, Json, ToolCall, text_of

_USAGE = {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1, "output_tokens_details": None,
          "total_tokens": 2}  # fmt: skip


def _is_turn(request: Json) -> bool:
    """Codex offers its tools in the conversation or beside it, as the model has it: every request counts."""
    return "input" in request


def _read_results(request: Json) -> list[str]:
    outputs = [item for item in request["input"] if str(item.get("type")).endswith("_call_output")]
    return [text_of(item["output"]) for item in outputs]


def _stream(call: ToolCall | None, number: int) -> Iterator[Json]:
    response = {"id": f"resp_{number}"}
    item = _item(call, number)
    yield {"type": "response.created", "response": response}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": "response.completed", "response": {**response, "usage": _USAGE}}


def _item(call: ToolCall | None, number: int) -> Json:
    if call is None:
        said = [{"type": "output_text", "text": "Done."}]
        return {"type": "message", "role": "assistant", "id": f"msg_{number}", "content": said}
    named = {"call_id": f"call_{number}", "name": call.tool}
    if isinstance(call.arguments, str):
        return {"type": "custom_tool_call", "id": f"ctc_{number}", **named, "input": call.arguments}
    return {"type": "function_call", "id": f"fc_{number}", **named, "arguments": json.dumps(call.arguments)}


RESPONSES = Dialect(_is_turn, _read_results, _stream)
