"""A hand-in file: reading one that anybody may have made, and writing one.

A zip with `manifest.json` and the notebooks. Nothing in it is believed: sizes are counted while unpacking, names are
checked before use, and nothing is ever unpacked to a disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from grading import notebook as nb
from grading.errors import Refused

MIB = 1024 * 1024
FILE_BYTES = 20 * MIB
UNPACKED_BYTES = 50 * MIB
NOTEBOOK_BYTES = 20 * MIB
ENTRIES = 50
CELLS = 2000
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SCHEMA = Path(__file__).with_name("handin.schema.json")


@dataclass(frozen=True)
class Handin:
    """What a learner handed in.

    Attributes:
        created: UTC, `YYYY-MM-DDTHH:MM:SSZ`, by the clock of the learner's machine.
        release: hash of the release that the notebooks come from.
        code: receipt code that the learner was shown.
        notebooks: bytes of each notebook, by name without `.ipynb`.
    """

    course: str
    learner: str
    assignment: str
    language: str
    created: str
    release: str
    notebooks: dict[str, bytes] = field(repr=False)
    code: str = ""


def receipt(hashes: dict[str, str]) -> str:
    """Return the receipt code of notebooks, from their SHA-256 in hexadecimal by name.

    >>> receipt({"premiers-pas": "00" * 32})
    'SJCQ-GDFA'
    """
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(hashes.items()))
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big")
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def read(path: Path) -> Handin:
    """Return the hand-in in a file.

    Raises:
        Refused: it is not whole, not a hand-in, or would be dangerous to open; says which.
    """
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise Refused("the file is empty")
    if size_bytes > FILE_BYTES:
        raise Refused(f"the file is too large: {size_bytes / MIB:.1f} MiB, at most {FILE_BYTES // MIB} are taken")
    return parse(path.read_bytes())


def parse(data: bytes) -> Handin:
    """Return the hand-in in these bytes of a zip; see `read`."""
    files = _unpack(data)
    manifest = _manifest(files)
    notebooks: dict[str, bytes] = {}
    for entry in manifest["notebooks"]:
        name, file = entry["name"], entry["file"]
        if file != f"{name}.ipynb" or file not in files:
            raise Refused(f"the manifest names the notebook {file}, which is not in the file")
        if name in notebooks:
            raise Refused(f"the manifest names the notebook {name} twice")
        if hashlib.sha256(files[file]).hexdigest() != entry["sha256"] or len(files[file]) != entry["size_bytes"]:
            raise Refused(f"{file} is not the notebook that was handed in: its content differs from the manifest")
        check_notebook(file, files[file])
        notebooks[name] = files[file]
    left = sorted(set(files) - {"manifest.json"} - {f"{name}.ipynb" for name in notebooks})
    if left:
        raise Refused(f"the file holds {left[0]!r}, which its manifest does not name")
    if manifest["code"] != receipt({entry["name"]: entry["sha256"] for entry in manifest["notebooks"]}):
        raise Refused(f"the receipt code {manifest['code']} does not belong to these notebooks")
    try:
        datetime.fromisoformat(manifest["created"])
    except ValueError as error:
        raise Refused(f"the manifest is wrong at created: there is no {manifest['created']}") from error
    plain = ("course", "learner", "assignment", "language", "created", "release", "code")
    return Handin(notebooks=notebooks, **{key: manifest[key] for key in plain})


def write(handin: Handin) -> bytes:
    """Return the bytes of a hand-in file as the learner's browser makes it; the receipt code is computed."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in handin.notebooks.items()}
    manifest = {
        "format": "passerelle-handin",
        "version": 1,
        "course": handin.course,
        "learner": handin.learner,
        "assignment": handin.assignment,
        "language": handin.language,
        "created": handin.created,
        "release": handin.release,
        "notebooks": [
            {"name": name, "file": f"{name}.ipynb", "sha256": hashes[name], "size_bytes": len(data)}
            for name, data in sorted(handin.notebooks.items())
        ],
        "code": receipt(hashes),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
        for name, data in sorted(handin.notebooks.items()):
            archive.writestr(f"{name}.ipynb", data)
    return packed.getvalue()


def check_notebook(file: str, data: bytes) -> nb.Notebook:
    """Return a notebook that marking can work on.

    Raises:
        Refused: it is empty, huge, no JSON, no notebook, or of a format that is too old or too new.
    """
    if not data.strip():
        raise Refused(f"{file} is empty")
    if len(data) > NOTEBOOK_BYTES:
        raise Refused(f"{file} is too large: {len(data) / MIB:.1f} MiB, at most {NOTEBOOK_BYTES // MIB} are taken")
    parsed = _json(file, data)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("nbformat"), int):
        raise Refused(f"{file} is not a Jupyter notebook")
    if parsed["nbformat"] < 4:
        raise Refused(
            f"{file} has the old notebook format {parsed['nbformat']}: open it in Jupyter, save it, hand it in again"
        )
    if parsed["nbformat"] > 4:
        raise Refused(f"{file} has notebook format {parsed['nbformat']}, which is newer than this program (4)")
    cells = parsed.get("cells")
    if isinstance(cells, list) and len(cells) > CELLS:
        raise Refused(f"{file} has {len(cells)} cells, at most {CELLS} are taken")
    try:
        return nb.checked(parsed)
    except Exception as error:  # nbformat raises KeyError, TypeError, AttributeError and its own on malformed notebooks
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise Refused(f"{file} is a damaged notebook: {first}") from error


def _unpack(data: bytes) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError, IndexError) as error:
        if data.startswith(b"PK\x03\x04"):
            raise Refused("the file is cut short: it was not copied or sent to its end") from error
        raise Refused("the file is not a hand-in file (it is no zip)") from error
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise Refused(f"the file holds {len(entries)} entries, at most {ENTRIES} are taken")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise Refused(f"the file would unpack to more than {UNPACKED_BYTES // MIB} MiB")
    files: dict[str, bytes] = {}
    left_bytes = UNPACKED_BYTES
    for entry in entries:
        _check_entry(entry)
        if entry.filename in files:
            raise Refused(f"the file holds {entry.filename!r} twice")
        try:
            with archive.open(entry) as stream:
                content = stream.read(left_bytes + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise Refused(f"{entry.filename} in the file is damaged: {error}") from error
        left_bytes -= len(content)
        if left_bytes < 0:
            raise Refused(f"the file would unpack to more than {UNPACKED_BYTES // MIB} MiB")
        files[entry.filename] = content
    return files


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # `orig_filename` is the name before zipfile cut it at a null byte and turned separators.
    name = entry.orig_filename
    if entry.flag_bits & 0x1:
        raise Refused("the file is encrypted with a password")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(f"the file holds a link, {name!r}")
    if not name or name.startswith(".") or any(sign in name for sign in "/\\:\0") or not name.isprintable():
        raise Refused(f"the file holds a name that is not allowed, {name!r}")


def _manifest(files: dict[str, bytes]) -> dict[str, Any]:
    if "manifest.json" not in files:
        raise Refused("the file is not a hand-in file (it has no manifest.json)")
    manifest = _json("manifest.json", files["manifest.json"])
    if fault := jsonschema.exceptions.best_match(_validator().iter_errors(manifest)):
        where = ".".join(str(part) for part in fault.absolute_path) or "manifest.json"
        raise Refused(f"the manifest is wrong at {where}: {fault.message[:160]}")
    checked: dict[str, Any] = manifest
    return checked


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def _json(file: str, data: bytes) -> Any:
    try:
        text = data.decode("utf-8")
        parsed = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not text in UTF-8") from error
    except RecursionError as error:
        raise Refused(f"{file} is nested too deeply") from error
    except ValueError as error:
        raise Refused(f"{file} is not valid JSON: {error}") from error
    return parsed


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
