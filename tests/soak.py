#!/usr/bin/env python3
"""Drives the real window by random clicks, drags, keys and scrolls, and tells what it costs.

    python3 tests/soak.py PROGRAM [--minutes 60] [--seed 1] [--out FILE.csv]

It needs Xvfb and a window manager (openbox); the software Vulkan driver draws. Every ten seconds
memory, open files and threads of the program are read from /proc, frames and textures from the
program itself. At the end the slopes are printed, from the tenth minute on (from the first third of
a shorter run), and with --check the exit code says whether they are within bounds. The data folder
is a new one; the program's own pictures and networks are used.
"""

import argparse
import ctypes
import ctypes.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WIDTH, HEIGHT = 1280, 800
SAMPLE_SECONDS = 10
# Bounds of --check: bytes, bytes a minute, seconds.
MAX_MEMORY = 1.2e9
MAX_SLOPE = 0.5e6
MAX_FRAME = 0.5


# The window fills the screen and has no frame: no click closes it or misses it.
WINDOWS = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
<application class="*"><decor>no</decor><maximized>yes</maximized></application>
</applications></openbox_config>
"""


class Screen:
    """A virtual screen, and hands on it (the XTEST extension)."""

    def __init__(self):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        environment = {**os.environ, "DISPLAY": self.name}
        self.settings = tempfile.NamedTemporaryFile("w", suffix=".xml")
        self.settings.write(WINDOWS)
        self.settings.flush()
        self.manager = subprocess.Popen(
            ["openbox", "--config-file", self.settings.name],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self.test = ctypes.CDLL(ctypes.util.find_library("Xtst") or "libXtst.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XStringToKeysym.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(self.name.encode()))
        if not self.display:
            raise SystemExit("the virtual screen cannot be used")

    def flush(self):
        self.x.XSync(self.display, 0)

    def move(self, x, y):
        self.test.XTestFakeMotionEvent(self.display, -1, int(x), int(y), 0)
        self.flush()

    def button(self, number, down):
        self.test.XTestFakeButtonEvent(self.display, number, int(down), 0)
        self.flush()

    def click(self, number=1):
        self.button(number, True)
        time.sleep(0.03)
        self.button(number, False)

    def key(self, *names):
        codes = []
        for name in names:
            symbol = ctypes.c_ulong(self.x.XStringToKeysym(name.encode()))
            codes.append(self.x.XKeysymToKeycode(self.display, symbol))
        for code in codes:
            self.test.XTestFakeKeyEvent(self.display, code, 1, 0)
            self.flush()
            time.sleep(0.02)
        for code in reversed(codes):
            self.test.XTestFakeKeyEvent(self.display, code, 0, 0)
            self.flush()

    def close(self):
        for process in (self.manager, self.server):
            process.terminate()
            process.wait()


# Everything but quitting (Ctrl+Q) and dialogs of the system, which nobody here could close.
KEYS = [
    ("1",), ("2",), ("3",), ("4",), ("5",), ("6",),
    ("Tab",), ("Tab",), ("Tab",), ("Return",), ("space",), ("Escape",), ("Up",), ("Down",), ("Left",),
    ("Right",), ("Home",), ("End",), ("F1",), ("Control_L", "comma"), ("Control_L", "Tab"),
    ("o",), ("f",), ("w",), ("x",), ("Control_L", "z"), ("plus",), ("minus",), ("0",),
]


def act(screen, random):
    """One thing that a hand does."""
    x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
    kind = random.random()
    if kind < 0.5:
        screen.move(x, y)
        screen.click()
    elif kind < 0.65:
        screen.move(x, y)
        screen.button(1, True)
        for step in range(8):
            screen.move(x + step * random.uniform(-40, 40), y + step * random.uniform(-40, 40))
            time.sleep(0.02)
        screen.button(1, False)
    elif kind < 0.8:
        screen.move(x, y)
        for _ in range(random.randint(1, 6)):
            screen.click(random.choice([4, 5]))
    else:
        screen.key(*random.choice(KEYS))
    # The tabs on top are a small part of the window.
    if random.random() < 0.03:
        screen.key("Escape")
        screen.key(str(random.randint(1, 6)))


def sample(process, watch):
    """Memory in bytes, files, threads; longest frame in seconds, textures and their bytes."""
    place = f"/proc/{process.pid}"
    memory = {}
    with open(f"{place}/smaps_rollup", encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] in ("Rss:", "Pss:", "Anonymous:"):
                memory[words[0][:-1].lower()] = int(words[1]) * 1024
    with open(f"{place}/status", encoding="ascii") as lines:
        threads = next(int(line.split()[1]) for line in lines if line.startswith("Threads:"))
    figures = {
        "rss": memory["rss"],
        "anonymous": memory["anonymous"],
        "files": len(os.listdir(f"{place}/fd")),
        "threads": threads,
        "frame": 0.0,
        "textures": 0,
        "texture_bytes": 0,
    }
    for line in watch.readlines():
        frame, textures, size = line.split()
        figures["frame"] = max(figures["frame"], float(frame))
        figures["textures"], figures["texture_bytes"] = int(textures), int(size)
    return figures


def slope(rows, name):
    """Growth a minute, by least squares."""
    times = [row["seconds"] / 60 for row in rows]
    values = [row[name] for row in rows]
    if len(rows) < 3:
        return 0.0
    mean_time, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - mean_time) ** 2 for t in times)
    return sum((t - mean_time) * (v - mean) for t, v in zip(times, values)) / spread


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--idle", type=float, default=1, help="minutes without a hand at the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="write every sample to this CSV file")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound is passed")
    options = parser.parse_args()
    for needed in ("Xvfb", "openbox"):
        if not shutil.which(needed):
            raise SystemExit(f"{needed} is needed; install it (Debian: xvfb openbox)")

    hand = random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="soak-")
    screen = Screen()
    watch_file = os.path.join(folder, "watch")
    open(watch_file, "w", encoding="ascii").close()
    environment = {
        **os.environ,
        "DISPLAY": screen.name,
        "SALISCOPE_DATA": os.path.join(folder, "data"),
        # No portal: dialogs of the system cannot open.
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        "HOME": folder,
    }
    environment.pop("WAYLAND_DISPLAY", None)
    log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
    process = subprocess.Popen(
        [options.program, "--watch", watch_file], env=environment, stdout=log, stderr=log, cwd=folder
    )
    rows, failure = [], None
    try:
        time.sleep(8)
        screen.move(WIDTH / 2, HEIGHT / 2)
        start = time.monotonic()
        end, due = start + options.minutes * 60, start
        with open(watch_file, encoding="ascii") as watch:
            while process.poll() is None:
                now = time.monotonic()
                if now >= due:
                    rows.append({"seconds": now - start, **sample(process, watch)})
                    due += SAMPLE_SECONDS
                if now < end:
                    act(screen, hand)
                    time.sleep(hand.uniform(0.02, 0.25))
                elif now < end + options.idle * 60:
                    time.sleep(1)
                else:
                    break
        if process.poll() is not None:
            failure = f"the program ended with {process.returncode} after {now - start:.0f} s"
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()
        screen.close()
        log.close()

    if options.out:
        with open(options.out, "w", encoding="ascii") as out:
            out.write(",".join(rows[0]) + "\n")
            out.writelines(",".join(f"{value:.6g}" for value in row.values()) + "\n" for row in rows)
    busy = [row for row in rows if row["seconds"] <= options.minutes * 60]
    settled = [row for row in busy if row["seconds"] >= min(600, options.minutes * 20)]
    print(f"seed {options.seed}, {options.minutes:g} minutes, {len(rows)} samples")
    for name, unit in [
        ("rss", 1e6), ("anonymous", 1e6), ("files", 1), ("threads", 1), ("textures", 1), ("texture_bytes", 1e6),
    ]:
        values = [row[name] / unit for row in busy]
        words = "MB" if unit > 1 else ""
        print(
            f"{name:14} first {values[0]:8.1f}  most {max(values):8.1f}  last {values[-1]:8.1f} {words:2}"
            f"  slope {slope(settled, name) / unit:+8.3f} a minute"
        )
    print(f"{'idle rss':14} {rows[-1]['rss'] / 1e6:.1f} MB")
    longest = max(row["frame"] for row in rows)
    print(f"{'longest frame':14} {longest:.3f} s")
    if failure:
        print(failure)
        with open(os.path.join(folder, "log"), encoding="utf-8") as lines:
            print("".join(lines.readlines()[-20:]))
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    held = (
        max(row["rss"] for row in busy) < MAX_MEMORY
        and slope(settled, "rss") < MAX_SLOPE
        and longest < MAX_FRAME
    )
    return 0 if held or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
