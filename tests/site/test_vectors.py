"""The rules that the browser and Python share, held by the same vectors (the browser's side: manifest.test.ts)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from build_scripts import notebooks
from grading import handin

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/data/handin/vectors.json").read_text("utf-8"))
SCHEMA: dict[str, Any] = json.loads((ROOT / "grading/handin.schema.json").read_text("utf-8"))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_good_manifests_are_valid() -> None:
    for manifest in VECTORS["good_manifests"]:
        jsonschema.Draft202012Validator(SCHEMA).validate(manifest)


@pytest.mark.parametrize("case", VECTORS["bad_manifests"], ids=lambda case: case["why"].replace(" ", "-"))
def test_each_bad_manifest_is_refused_at_its_place(case: dict[str, Any]) -> None:
    places = []
    for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(case["manifest"]):
        place = "/".join(["", *(str(step) for step in error.absolute_path)])
        if error.validator == "required":
            missing = set(error.validator_value) - set(error.instance)
            place += f"/{missing.pop()}"
        elif error.validator == "additionalProperties":
            place += f"/{(set(error.instance) - set(error.schema['properties'])).pop()}"
        places.append(place or "/")
    assert places == case["at"]


def test_receipt_codes_are_those_that_graders_compute() -> None:
    for case in VECTORS["receipts"]:
        hashes = {notebook["name"]: notebook["sha256"] for notebook in case["notebooks"]}
        assert handin.receipt(hashes) == case["code"]


def test_the_number_of_a_notebook_s_text_is_that_of_the_browser() -> None:
    for case in VECTORS["source_hashes"]:
        cells = [{"cell_type": kind, "source": source} for kind, source in case["cells"]]
        assert notebooks.source_hash({"cells": cells}) == case["hash"]
