"""The site as an application: a manifest a language, and pictures that systems take."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest

from build_scripts import icons, install

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" rx="3" fill="#0b5c6b"/>'
    '<g stroke="#fff"><path d="M2 5c2 0 4 0 6 0" stroke-width="2"/></g></svg>'
)


def pixel(png: bytes, x: int, y: int) -> tuple[int, ...]:
    """Return red, green, blue and opacity of a pixel."""
    (size,) = struct.unpack(">I", png[16:20])
    (length,) = struct.unpack(">I", png[33:37])
    rows = zlib.decompress(png[41 : 41 + length])
    start = y * (4 * size + 1) + 1 + 4 * x
    return tuple(rows[start : start + 4])


def test_picture_has_its_ground_its_stroke_and_round_corners() -> None:
    png = icons.draw(SVG, 100, rounded=True)
    assert png.startswith(b"\x89PNG")
    assert pixel(png, 50, 50) == (255, 255, 255, 255)
    assert pixel(png, 50, 20) == (0x0B, 0x5C, 0x6B, 255)
    assert pixel(png, 0, 0)[3] == pixel(png, 99, 99)[3] == 0


def test_picture_whose_edges_may_be_cut_fills_its_square_and_draws_smaller() -> None:
    png = icons.draw(SVG, 100, rounded=False, scale=0.5)
    assert pixel(png, 0, 0) == (0x0B, 0x5C, 0x6B, 255)
    assert pixel(png, 50, 50) == (255, 255, 255, 255)
    assert pixel(png, 22, 50) == (0x0B, 0x5C, 0x6B, 255)


def test_drawing_without_a_ground_is_refused() -> None:
    with pytest.raises(ValueError, match="ground"):
        icons.draw('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>', 10, rounded=True)


def test_every_language_installs_its_own_home_page(tmp_path: Path, repository: Path) -> None:
    theme = repository / "site/theme"
    install.write(tmp_path, theme / "assets/favicon.svg", theme / "messages")
    for language, start, direction in (("fr", "../", "ltr"), ("en", "../en/", "ltr"), ("ar", "../ar/", "rtl")):
        manifest = json.loads((tmp_path / f"install/{language}.webmanifest").read_text("utf-8"))
        found = (manifest["lang"], manifest["start_url"], manifest["dir"], manifest["scope"])
        assert found == (language, start, direction, "../")
        for icon in manifest["icons"]:
            png = (tmp_path / "install" / icon["src"]).read_bytes()
            width, height = struct.unpack(">II", png[16:24])
            assert f"{width}x{height}" == icon["sizes"]
