"""The site's picture as PNG, for systems that take no SVG: drawn here, since it has only a ground and a few strokes."""

from __future__ import annotations

import itertools
import math
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
TOKEN = re.compile(r"[MCcsv]|-?\d*\.?\d+")
ARGUMENTS = {"M": 2, "C": 6, "c": 6, "s": 4, "v": 1}
STEPS = 16
"""Straight pieces that stand for one curve."""

Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Stroke:
    """A line with round ends, in the units of the drawing."""

    points: list[Point]
    width: float
    colour: Colour


def draw(svg: str, size_px: int, *, rounded: bool, scale: float = 1.0) -> bytes:
    """Return a drawing as a square PNG.

    Args:
        svg: one `rect` as the ground, then `path` elements with strokes; of path commands M, C, c, s and v.
        size_px: side of the picture.
        rounded: leave out the corners of the ground, as the drawing does; else the ground fills the square.
        scale: size of the strokes, about the middle; systems cut up to a fifth off a picture's edges.
    """
    root = ET.fromstring(svg)  # noqa: S314 (a file of this repository)
    side = float(root.attrib["viewBox"].split()[2])
    ground = root.find(f"{SVG}rect")
    if ground is None:
        raise ValueError("the drawing has no ground")
    radius = float(ground.attrib["rx"]) if rounded else 0.0
    pixels = _ground(_colour(ground.attrib["fill"]), size_px, radius * size_px / side)
    for stroke in strokes(root):
        points = [(((x - side / 2) * scale + side / 2), ((y - side / 2) * scale + side / 2)) for x, y in stroke.points]
        _paint(pixels, size_px, Stroke(points, stroke.width * scale, stroke.colour), size_px / side)
    return _png(pixels, size_px)


def strokes(root: ET.Element) -> list[Stroke]:
    """Return every stroke of a drawing; colour and width come from the path or from its group."""
    found = []
    for group in root.iter(f"{SVG}g"):
        for path in group.iter(f"{SVG}path"):
            style = group.attrib | path.attrib
            width, colour = float(style["stroke-width"]), _colour(style["stroke"])
            found += [Stroke(points, width, colour) for points in lines(path.attrib["d"])]
    return found


def lines(path: str) -> list[list[Point]]:
    """Return the lines of a path, curves as straight pieces.

    >>> lines("M1 2v3M4 5v-1.5")
    [[(1.0, 2.0), (1.0, 5.0)], [(4.0, 5.0), (4.0, 3.5)]]
    """
    found: list[list[Point]] = []
    tokens = TOKEN.findall(path)
    command, at, control = "", (0.0, 0.0), (0.0, 0.0)
    while tokens:
        if tokens[0].isalpha():
            command = tokens.pop(0)
        count = ARGUMENTS[command]
        values = [float(token) for token in tokens[:count]]
        del tokens[:count]
        if command == "M":
            at = control = (values[0], values[1])
            found.append([at])
            continue
        if command == "v":
            at = control = (at[0], at[1] + values[0])
            found[-1].append(at)
            continue
        base = (0.0, 0.0) if command == "C" else at
        points = [(base[0] + x, base[1] + y) for x, y in zip(values[::2], values[1::2], strict=True)]
        if command == "s":
            points.insert(0, (2 * at[0] - control[0], 2 * at[1] - control[1]))
        first, control, end = points
        found[-1] += [_on_curve(at, first, control, end, step / STEPS) for step in range(1, STEPS + 1)]
        at = end
    return found


def _on_curve(start: Point, first: Point, second: Point, end: Point, t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    points = (start, first, second, end)
    return (
        sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
    )


def _ground(colour: Colour, size: int, radius: float) -> bytearray:
    pixels = bytearray(bytes((*colour, 255)) * (size * size))
    reach = math.ceil(radius)
    for y in range(reach):
        for x in range(reach):
            away = math.hypot(radius - x - 0.5, radius - y - 0.5)
            alpha = round(255 * min(1.0, max(0.0, radius - away + 0.5)))
            for column, row in ((x, y), (size - 1 - x, y), (x, size - 1 - y), (size - 1 - x, size - 1 - y)):
                pixels[4 * (row * size + column) + 3] = alpha
    return pixels


def _paint(pixels: bytearray, size: int, stroke: Stroke, scale: float) -> None:
    """Lay a stroke over the pixels, each covered as far as it lies inside."""
    half = stroke.width * scale / 2
    covered: dict[int, float] = {}
    points = [(x * scale, y * scale) for x, y in stroke.points]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy or 1.0
        for row in range(max(0, int(min(y1, y2) - half - 1)), min(size, int(max(y1, y2) + half + 2))):
            for column in range(max(0, int(min(x1, x2) - half - 1)), min(size, int(max(x1, x2) + half + 2))):
                x, y = column + 0.5 - x1, row + 0.5 - y1
                t = min(1.0, max(0.0, (x * dx + y * dy) / length))
                cover = min(1.0, half - math.hypot(x - t * dx, y - t * dy) + 0.5)
                place = 4 * (row * size + column)
                if cover > covered.get(place, 0.0):
                    covered[place] = cover
    for place, cover in covered.items():
        for channel, value in enumerate(stroke.colour):
            before = pixels[place + channel]
            pixels[place + channel] = round(before + (value - before) * cover)


def _colour(text: str) -> Colour:
    digits = text.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits  # as in `#fff`
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _png(pixels: bytearray, size: int) -> bytes:
    """Source: PNG, third edition, W3C: signature, header, one compressed block, end."""
    rows = b"".join(b"\0" + pixels[4 * size * row : 4 * size * (row + 1)] for row in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    blocks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in blocks
    )
