"""What makes the site installable: a manifest a language, and its picture in the sizes that systems want."""

from __future__ import annotations

import json
from pathlib import Path

from build_scripts import icons, pages

FOLDER = "install"
"""Where all of it lies below the site's root."""
COLOUR = "#0b5c6b"
"""The theme's; the same as `theme-color` in the pages."""
SAFE = 0.82
"""Size of the drawing in a picture whose edges a system may cut. Source: W3C Web App Manifest, maskable icons."""
DRAWINGS = {
    "icon-192.png": (192, True, 1.0),
    "icon-512.png": (512, True, 1.0),
    "maskable-512.png": (512, False, SAFE),
    "touch-180.png": (180, False, SAFE),
}
"""Name → side in pixels, whether the corners are round, size of the drawing."""


def write(site: Path, favicon: Path, messages: Path) -> None:
    """Write manifests and icons into a site; icons are drawn anew only when their source has changed."""
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    made = max(path.stat().st_mtime for path in (favicon, Path(__file__), Path(icons.__file__)))
    for name, (size, rounded, scale) in DRAWINGS.items():
        icon = folder / name
        if not icon.exists() or icon.stat().st_mtime < made:
            icon.write_bytes(icons.draw(favicon.read_text("utf-8"), size, rounded=rounded, scale=scale))
    for language in pages.LANGUAGES:
        text = json.dumps(manifest(language, pages.messages(messages, language)), ensure_ascii=False, indent=1)
        (folder / f"{language}.webmanifest").write_text(text, "utf-8")


def manifest(language: str, texts: dict[str, str]) -> dict[str, object]:
    """Return the manifest of a language; addresses are relative to it, so that the site works in any folder.

    >>> manifest("en", {"site.name": "Passerelle", "site.description": "A school"})["start_url"]
    '../en/'
    """
    picture = {"type": "image/png"}
    return {
        "name": texts["site.name"],
        "short_name": texts["site.name"],
        "description": texts["site.description"],
        "lang": language,
        "dir": "rtl" if language in pages.RIGHT_TO_LEFT else "ltr",
        "start_url": "../" if language == pages.SOURCE else f"../{language}/",
        "scope": "../",
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": "#ffffff",
        "icons": [
            {**picture, "src": "icon-192.png", "sizes": "192x192"},
            {**picture, "src": "icon-512.png", "sizes": "512x512"},
            {**picture, "src": "maskable-512.png", "sizes": "512x512", "purpose": "maskable"},
        ],
    }
