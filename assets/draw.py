#!/usr/bin/env python3
"""Draws the pictures that belong to Saliscope itself: its icon, shapes and textures.

usage: python assets/draw.py        (needs NumPy; writes icon.png, shapes/ and textures/ beside itself)

Shapes have an outline and almost no texture, textures have no outline: the two sides of a cue
conflict. Everything is a formula, so the pictures are free of anyone's rights, and the same
script always gives the same pixels.
"""

import pathlib
import struct
import zlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SIDE = 448
OVERSAMPLING = 3


def write_png(path, pixels):
    """Writes [height, width, 3 or 4] bytes as a PNG file."""
    height, width, channels = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def colour(text):
    """A colour as in CSS, in 0..1."""
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], np.float64) / 255


class Canvas:
    """A square of side 1 with its origin at the top left, painted with outlines."""

    def __init__(self, side, background, alpha=None):
        self.side = side
        count = side * OVERSAMPLING
        axis = (np.arange(count) + 0.5) / count
        self.x, self.y = np.meshgrid(axis, axis)
        self.image = np.broadcast_to(colour(background), (count, count, 3)).copy()
        self.alpha = None if alpha is None else np.full((count, count), float(alpha))

    def fill(self, inside, paint, shade=0.0):
        """Paints where `inside`; `shade` darkens towards the bottom right."""
        tone = colour(paint) * (1 - shade * (self.x + self.y - 0.7))[inside][:, None]
        self.image[inside] = np.clip(tone, 0, 1)
        if self.alpha is not None:
            self.alpha[inside] = 1.0

    def ellipse(self, cx, cy, rx, ry):
        return ((self.x - cx) / rx) ** 2 + ((self.y - cy) / ry) ** 2 <= 1

    def box(self, left, top, right, bottom, radius=0.0):
        dx = np.maximum(np.abs(self.x - (left + right) / 2) - (right - left) / 2 + radius, 0)
        dy = np.maximum(np.abs(self.y - (top + bottom) / 2) - (bottom - top) / 2 + radius, 0)
        return np.hypot(dx, dy) <= radius + 1e-9

    def line(self, points, width):
        """A stroke with round ends through the points."""
        inside = np.zeros(self.x.shape, bool)
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            dx, dy = x1 - x0, y1 - y0
            along = np.clip(((self.x - x0) * dx + (self.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            inside |= np.hypot(self.x - x0 - along * dx, self.y - y0 - along * dy) <= width / 2
        return inside

    def polygon(self, points):
        """Even-odd rule."""
        inside = np.zeros(self.x.shape, bool)
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]):
            if y0 != y1:
                crosses = ((y0 <= self.y) != (y1 <= self.y)) & (self.x < (self.y - y0) * (x1 - x0) / (y1 - y0) + x0)
                inside ^= crosses
        return inside

    def pixels(self):
        count, side = OVERSAMPLING, self.side
        layers = self.image if self.alpha is None else np.dstack([self.image, self.alpha])
        small = layers.reshape(side, count, side, count, -1).mean((1, 3))
        return (small * 255 + 0.5).astype(np.uint8)


# --- shapes ------------------------------------------------------------------------------------


def sail_boat():
    c = Canvas(SIDE, "#a9cfe8")
    c.image *= (1.1 - 0.25 * (0.7 - c.y))[:, :, None]
    np.clip(c.image, 0, 1, out=c.image)
    c.fill(c.y > 0.7, "#2a6592", 0.25)
    c.fill(c.line([(0.52, 0.08), (0.52, 0.72)], 0.01), "#4d3b2c")
    # Both sails belly out to the lee: straight at the mast, an arc at the leech.
    rise = np.clip((c.y - 0.1) / 0.55, 0, 1)
    main = (c.x > 0.53) & (c.y < 0.65) & (c.y > 0.1) & (c.x < 0.53 + 0.29 * rise + 0.05 * np.sin(np.pi * rise))
    rise = np.clip((c.y - 0.15) / 0.5, 0, 1)
    jib = (c.x < 0.505) & (c.y < 0.65) & (c.y > 0.15) & (c.x > 0.505 - 0.27 * rise)
    c.fill(main, "#ffffff", 0.12)
    c.fill(jib & (c.y < 0.65 - 0.1 * (0.505 - c.x)), "#f3f3ee", 0.15)
    c.fill(c.polygon([(0.17, 0.685), (0.84, 0.67), (0.78, 0.745), (0.25, 0.745)]), "#f4f4f2", 0.4)
    c.fill(c.polygon([(0.185, 0.705), (0.82, 0.69), (0.813, 0.702), (0.195, 0.717)]), "#1d3f66")
    for y, reach in ((0.78, 0.3), (0.82, 0.24), (0.87, 0.16)):
        c.fill(c.ellipse(0.52, y, reach, 0.006), "#6fa0c4")
    return c


def wall_clock():
    c = Canvas(SIDE, "#e9e4d8")
    c.fill(c.ellipse(0.5, 0.5, 0.4, 0.4), "#3a3f47", 0.3)
    c.fill(c.ellipse(0.5, 0.5, 0.355, 0.355), "#fdfcf7", 0.05)
    for hour in range(12):
        angle = hour * np.pi / 6
        dx, dy = np.sin(angle), -np.cos(angle)
        inner, width = (0.27, 0.022) if hour % 3 == 0 else (0.3, 0.012)
        c.fill(c.line([(0.5 + inner * dx, 0.5 + inner * dy), (0.5 + 0.33 * dx, 0.5 + 0.33 * dy)], width), "#23262b")
    c.fill(c.line([(0.5, 0.5), (0.38, 0.36)], 0.026), "#23262b")
    c.fill(c.line([(0.5, 0.5), (0.62, 0.26)], 0.018), "#23262b")
    c.fill(c.ellipse(0.5, 0.5, 0.022, 0.022), "#b23a2e")
    return c


def umbrella():
    c = Canvas(SIDE, "#e8eef2")
    handle = [(0.5, 0.2), (0.5, 0.78), (0.52, 0.83), (0.57, 0.85), (0.62, 0.83), (0.64, 0.78)]
    c.fill(c.line(handle, 0.022), "#4a3728")
    dome = c.ellipse(0.5, 0.52, 0.4, 0.36) & (c.y < 0.52)
    scallops = c.ellipse(0.2, 0.53, 0.1, 0.055) | c.ellipse(0.4, 0.53, 0.1, 0.055)
    scallops |= c.ellipse(0.6, 0.53, 0.1, 0.055) | c.ellipse(0.8, 0.53, 0.1, 0.055)
    canopy = dome & ~scallops
    c.fill(canopy, "#c0392b", 0.35)
    for x in (0.3, 0.5, 0.7):
        bend = 0.5 + (x - 0.5) * np.sqrt(np.clip(1 - ((0.52 - c.y) / 0.36) ** 2, 0, 1))
        c.fill(canopy & (np.abs(c.x - bend) < 0.004), "#7d1f16")
    c.fill(c.line([(0.5, 0.12), (0.5, 0.17)], 0.016), "#4a3728")
    return c


def hot_air_balloon():
    c = Canvas(SIDE, "#bcd9ec")
    c.image *= (1 - 0.15 * (c.y - 0.5))[:, :, None]
    np.clip(c.image, 0, 1, out=c.image)
    hull = c.ellipse(0.5, 0.38, 0.31, 0.31) | c.polygon([(0.225, 0.52), (0.775, 0.52), (0.57, 0.75), (0.43, 0.75)])
    c.fill(hull, "#d7492f", 0.3)
    width = np.where(c.y < 0.38, np.sqrt(np.clip(0.31**2 - (c.y - 0.38) ** 2, 0, 1)), np.interp(c.y, [0.38, 0.52, 0.75], [0.31, 0.275, 0.07]))
    across = (c.x - 0.5) / np.maximum(width, 1e-6)
    gore = np.floor(np.arcsin(np.clip(across, -1, 1)) / np.pi * 8).astype(int) % 2 == 0
    c.fill(hull & gore, "#f3c14b", 0.3)
    c.fill(c.line([(0.44, 0.75), (0.46, 0.84)], 0.006) | c.line([(0.56, 0.75), (0.54, 0.84)], 0.006), "#4a3728")
    c.fill(c.box(0.45, 0.84, 0.55, 0.92, 0.012), "#7a5230", 0.3)
    return c


def mug():
    c = Canvas(SIDE, "#efe7da")
    c.fill(c.y > 0.78, "#c9b79c", 0.2)
    ring = c.ellipse(0.68, 0.5, 0.17, 0.18) & ~c.ellipse(0.68, 0.5, 0.11, 0.12)
    c.fill(ring, "#2f6f8f", 0.3)
    body = c.box(0.24, 0.24, 0.68, 0.8) | c.ellipse(0.46, 0.8, 0.22, 0.06)
    c.fill(body, "#2f6f8f", 0.45)
    c.fill(c.ellipse(0.46, 0.24, 0.22, 0.065), "#3f86a8", 0.2)
    c.fill(c.ellipse(0.46, 0.25, 0.19, 0.048), "#3b2417")
    return c


def traffic_light():
    c = Canvas(SIDE, "#d5e3ea")
    c.fill(c.box(0.475, 0.78, 0.525, 1.0), "#4b4f54", 0.2)
    c.fill(c.box(0.34, 0.08, 0.66, 0.8, 0.06), "#26292d", 0.2)
    for y, lamp in ((0.21, "#e0342b"), (0.44, "#5a4a17"), (0.67, "#1d4a2a")):
        c.fill(c.ellipse(0.5, y, 0.1, 0.1), "#15171a")
        c.fill(c.ellipse(0.5, y, 0.088, 0.088), lamp, 0.2)
    return c


# --- textures ----------------------------------------------------------------------------------


def smooth_noise(rng, cells, side=SIDE):
    """Value noise on a torus: random values on a grid, joined by cosines; about -1..1."""
    grid = rng.uniform(-1, 1, (cells, cells))
    axis = np.arange(side) * cells / side
    low = axis.astype(int)
    weight = (1 - np.cos((axis - low) * np.pi)) / 2
    rows = grid[low] * (1 - weight)[:, None] + grid[(low + 1) % cells] * weight[:, None]
    return rows[:, low] * (1 - weight) + rows[:, (low + 1) % cells] * weight


def clouds(rng, cells, octaves):
    return sum(smooth_noise(rng, cells << octave) / (1 << octave) for octave in range(octaves))


def palette(values, colours):
    """Values in 0..1 through evenly spaced colours."""
    stops = np.linspace(0, 1, len(colours))
    table = np.array([colour(text) for text in colours])
    mixed = np.stack([np.interp(values, stops, table[:, channel]) for channel in range(3)], -1)
    return (np.clip(mixed, 0, 1) * 255 + 0.5).astype(np.uint8)


def coordinates():
    axis = (np.arange(SIDE) + 0.5) / SIDE
    return np.meshgrid(axis, axis)


def zebra(rng):
    x, y = coordinates()
    wave = np.sin(2 * np.pi * (9 * x + 2 * y) + 3.2 * clouds(rng, 3, 3))
    return palette(1 / (1 + np.exp(-9 * wave)), ["#191613", "#f4efe4"])


def wood(rng):
    x, y = coordinates()
    rings = np.hypot((x - 0.5) * 3.5, y + 1.2) * 9 + 0.6 * clouds(rng, 3, 3)
    fibre = smooth_noise(rng, 64) * 0.05
    saw = (rings % 1) ** 2
    return palette(np.clip(saw + fibre, 0, 1), ["#d9a667", "#b97a3d", "#7c4a20"])


def marble(rng):
    x, y = coordinates()
    vein = np.abs(np.sin(2 * np.pi * (x + 0.6 * y) + 4 * clouds(rng, 2, 5)))
    return palette(1 - (1 - vein) ** 3, ["#39444f", "#9aa5ad", "#e9ebea", "#f7f6f2"])


def leopard(rng):
    """Rosettes around jittered grid points."""
    x, y = coordinates()
    count = 9
    nearest = np.full(x.shape, 9.0)
    for row in range(-1, count + 1):
        for column in range(-1, count + 1):
            cx = (column + 0.5 + 0.5 * (row % 2) + rng.uniform(-0.22, 0.22)) / count
            cy = (row + 0.5 + rng.uniform(-0.22, 0.22)) / count
            nearest = np.minimum(nearest, np.hypot(x - cx, y - cy) * count)
    wobble = nearest + 0.10 * clouds(rng, 24, 2)
    ring = np.exp(-(((wobble - 0.33) / 0.085) ** 2)) * (0.55 + 0.45 * np.sign(clouds(rng, 14, 2) + 0.25))
    ground = palette(np.clip(0.5 + 0.4 * smooth_noise(rng, 40) + 0.4 * (nearest < 0.26), 0, 1), ["#dca85a", "#e6ba74", "#b9772f"])
    dark = np.clip(ring * 1.5, 0, 1)[:, :, None]
    return (ground * (1 - dark) + colour("#241509") * 255 * dark + 0.5).astype(np.uint8)


def mosaic(rng):
    """Coloured stones: the cells of random points, with joints between."""
    x, y = coordinates()
    points = rng.uniform(-0.05, 1.05, (260, 2))
    first, second = np.full(x.shape, 9.0), np.full(x.shape, 9.0)
    owner = np.zeros(x.shape, int)
    for index, (px, py) in enumerate(points):
        distance = np.hypot(x - px, y - py)
        closer = distance < first
        second = np.where(closer, first, np.minimum(second, distance))
        owner = np.where(closer, index, owner)
        first = np.where(closer, distance, first)
    stones = ["#1f5f8b", "#2e8bc0", "#e0b34a", "#c2572b", "#f1e6cf", "#2f7a5a"]
    chosen = np.array([colour(text) for text in stones])[rng.integers(0, len(stones), len(points))]
    chosen *= rng.uniform(0.85, 1.1, (len(points), 1))
    image = chosen[owner] * (1 - 1.5 * first)[:, :, None]
    joint = np.clip((second - first) / 0.006, 0, 1)[:, :, None]
    image = image * joint + colour("#4d4a45") * (1 - joint)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def brush_strokes(rng):
    """Noise smeared along the lines of a swirling flow, like thick paint."""
    x, y = coordinates()
    angle = np.pi * clouds(rng, 3, 2) * 1.6
    for cx, cy, turn in ((0.3, 0.32, 1), (0.72, 0.62, -1), (0.75, 0.2, 1)):
        pull = np.exp(-(np.hypot(x - cx, y - cy) ** 2) / 0.03)
        around = np.arctan2(y - cy, x - cx) + turn * np.pi / 2
        angle = np.where(pull > 0.25, around, angle)
    step_x, step_y = np.cos(angle), np.sin(angle)
    grain = rng.uniform(0, 1, (SIDE, SIDE))
    hue = 0.5 + 0.5 * clouds(rng, 4, 3)
    total = np.zeros_like(grain)
    for direction in (1, -1):
        row, column = np.indices(grain.shape).astype(float)
        for _ in range(14):
            r, k = row.astype(int) % SIDE, column.astype(int) % SIDE
            total += grain[r, k] + 0.25 * hue[r, k]
            row, column = row + direction * step_y[r, k], column + direction * step_x[r, k]
    total = (total - total.min()) / np.ptp(total)
    total = np.clip((total - 0.5) * 1.9 + 0.5, 0, 1)
    return palette(0.55 * total + 0.45 * hue, ["#0b1f4b", "#1d4e9e", "#4f8fd0", "#bcd6e6", "#f3e39a", "#f2b632"])


# --- icon --------------------------------------------------------------------------------------


def icon():
    """An eye whose iris is a map: the four bands from least to most important."""
    c = Canvas(256, "#ffffff", alpha=0)
    eye = c.ellipse(0.5, 0.86, 0.6, 0.6) & c.ellipse(0.5, 0.14, 0.6, 0.6)
    c.fill(eye, "#31629f")
    c.fill(c.ellipse(0.5, 0.88, 0.57, 0.57) & c.ellipse(0.5, 0.12, 0.57, 0.57), "#ffffff")
    inside = c.ellipse(0.5, 0.88, 0.57, 0.57) & c.ellipse(0.5, 0.12, 0.57, 0.57)
    for radius, paint in ((0.2, "#5b0b67"), (0.155, "#bb0f44"), (0.11, "#f3781e"), (0.06, "#ffda2e")):
        c.fill(inside & c.ellipse(0.5, 0.5, radius, radius), paint)
    return c


SHAPES = {
    "sail-boat": sail_boat,
    "clock": wall_clock,
    "umbrella": umbrella,
    "balloon": hot_air_balloon,
    "mug": mug,
    "traffic-light": traffic_light,
}
TEXTURES = {"zebra": zebra, "wood": wood, "marble": marble, "leopard": leopard, "mosaic": mosaic, "paint": brush_strokes}


def main():
    """Draws everything."""
    write_png(HERE / "icon.png", icon().pixels())
    for name, draw in SHAPES.items():
        write_png(HERE / "shapes" / f"{name}.png", draw().pixels())
    for seed, (name, draw) in enumerate(TEXTURES.items(), start=1):
        write_png(HERE / "textures" / f"{name}.png", draw(np.random.default_rng(seed)))


if __name__ == "__main__":
    main()
