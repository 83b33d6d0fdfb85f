"""Builds the outputs of a cell, in nbformat 4, from what the interpreter published.

Messages are written by learner code and are believed in nothing: whatever nbformat would refuse is dropped or made
text. The rules for clearing, updating and joining are nbclient's.

Source: nbclient 0.10 `NotebookClient.process_message`; nbformat 4.5 JSON Schema, `definitions/output`.
"""

from __future__ import annotations

import json
import re
from typing import Any

type Output = dict[str, Any]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"Cell In\s?\[(\d+)\], line (\d+)")
JSON_MIME = re.compile(r"^application/(.*\+)?json$")


class Outputs:
    """The outputs of all cells of one run; `of` gives those of one cell.

    Displays that carry an id are updated wherever they stand, as in a notebook.
    """

    def __init__(self) -> None:
        self._cells: dict[int, list[Output]] = {}
        self._displays: dict[str, list[Output]] = {}
        self._clear_next: set[int] = set()

    def of(self, cell: int) -> list[Output]:
        """Return the outputs of the cell at this index, counted from 0."""
        return self._cells.setdefault(cell, [])

    def publish(self, cell: int, message: str) -> None:
        """Apply one message, JSON text, to the outputs of a cell; what is no output is dropped."""
        try:
            published = _encodable(json.loads(message))
        except (ValueError, RecursionError):
            return
        if not isinstance(published, dict):
            return
        match published.get("output_type"):
            case "clear_output" if published.get("wait"):
                self._clear_next.add(cell)
            case "clear_output":
                self._clear(cell)
            case "update_display_data":
                self._update(published)
            case _:
                if output := _checked(published):
                    self._append(cell, output, _display_id(published))

    def fail(self, cell: int, name: str, value: str) -> None:
        """Append an error output, as a kernel would that had raised `name`."""
        self.of(cell).append(
            {"output_type": "error", "ename": name, "evalue": value, "traceback": [f"\x1b[0;31m{name}\x1b[0m: {value}"]}
        )

    def _append(self, cell: int, output: Output, display_id: str | None) -> None:
        if cell in self._clear_next:
            self._clear(cell)
        outputs = self.of(cell)
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
            return
        outputs.append(output)
        if display_id is not None:
            self._displays.setdefault(display_id, []).append(output)

    def _clear(self, cell: int) -> None:
        self._clear_next.discard(cell)
        self.of(cell).clear()

    def _update(self, published: Output) -> None:
        display_id = _display_id(published)
        if display_id is None:
            return
        for output in self._displays.get(display_id, []):
            output["data"] = _bundle(published.get("data"))
            output["metadata"] = _record(published.get("metadata"))


def interrupted_line(outputs: list[Output]) -> tuple[int, int] | None:
    """Return where a cell stood when it was interrupted: its prompt number and the line, both counted from 1.

    >>> error = {"output_type": "error", "ename": "KeyboardInterrupt", "traceback": ["Cell In[4], line 3", "…"]}
    >>> interrupted_line([error])
    (4, 3)
    """
    for output in reversed(outputs):
        if output["output_type"] == "error" and output["ename"] == "KeyboardInterrupt":
            frames = FRAME.findall(ANSI.sub("", "\n".join(output["traceback"])))
            return (int(frames[-1][0]), int(frames[-1][1])) if frames else None
    return None


def _encodable(value: object) -> object:
    """Return the value with every lone surrogate replaced: such text cannot be written to a file."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _checked(published: Output) -> Output | None:
    kind = published.get("output_type")
    if kind == "stream":
        name = published.get("name")
        text = published.get("text")
        if name not in ("stdout", "stderr") or not isinstance(text, str) or not text:
            return None
        return {"output_type": kind, "name": name, "text": text}
    if kind == "error":
        traceback = published.get("traceback")
        return {
            "output_type": kind,
            "ename": _text(published.get("ename")),
            "evalue": _text(published.get("evalue")),
            "traceback": [_text(line) for line in traceback] if isinstance(traceback, list) else [],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    output = {
        "output_type": kind,
        "data": _bundle(published.get("data")),
        "metadata": _record(published.get("metadata")),
    }
    if kind == "execute_result":
        output["execution_count"] = whole(published.get("execution_count"))
    return output


def whole(value: object) -> int | None:
    """Return a prompt number as nbformat has it: a number from 0, or None.

    >>> whole(3), whole(-1), whole(True), whole("3")
    (3, None, None, None)
    """
    return value if type(value) is int and value >= 0 else None


def _bundle(value: object) -> Output:
    return {mime: data if JSON_MIME.match(mime) else _lines(data) for mime, data in _record(value).items()}


def _lines(value: object) -> object:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return value
    return _text(value)


def _record(value: object) -> Output:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _display_id(published: Output) -> str | None:
    transient = _record(published.get("transient"))
    display_id = transient.get("display_id", published.get("display_id"))
    return display_id if isinstance(display_id, str) else None
