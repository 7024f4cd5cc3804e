#!/usr/bin/env python3
"""Kills the real window at random moments while it keeps what a person did, and tells what is lost.

    python3 tests/kills.py PROGRAM [--kills 100] [--seed 1]

It needs what soak.py needs. Each run opens two new pictures, is used at random (settings, the list of
pictures, rounds of the game) and is killed with SIGKILL within a few seconds of its first frame. After
each kill the files of the data folder must be whole, and all that was in them before must still be
there. The data folder is a new one. Exit code 1 where anything is lost or mixed.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
import zlib

import soak

# Seconds until the first frame, on a machine that draws without a graphics card and does other work.
MOST_UNTIL_SHOWN = 120
# Seconds of use before the kill; the network first looks at a round's picture.
MOST_USED = 6.0
MOST_OF_A_ROUND = 12.0


def png(path, shade):
    """A small picture of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade % 256, shade // 256, x]) * 32 for x in range(24))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 24, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# Where the game's picture and its button Reveal (later Next) are in a window of soak.WIDTH by
# soak.HEIGHT, before anybody changes the size of the controls.
PICTURE = (260, 130, 960, 590)
REVEAL = (865, 773)


def play(screen, hand):
    """A stroke, and the round is over."""
    left, top, right, bottom = PICTURE
    screen.move(hand.uniform(left, right), hand.uniform(top, bottom))
    screen.button(1, True)
    for _ in range(6):
        screen.move(hand.uniform(left, right), hand.uniform(top, bottom))
        time.sleep(0.02)
    screen.button(1, False)
    screen.move(*REVEAL)
    screen.click()


def use(screen, hand, kind, until):
    """What a hand does until a moment."""
    # The window manager gives the window the keys a little after its first frame.
    time.sleep(1)
    screen.key("5") if kind == "rounds" else screen.key("Control_L", "comma")
    while time.monotonic() < until:
        if kind == "rounds":
            play(screen, hand)
        elif kind == "settings":
            screen.key(hand.choice(["Tab", "Tab", "space", "Right", "Left"]))
        else:
            soak.act(screen, hand)
        time.sleep(hand.uniform(0.005, 0.05))


def warm_up(screen, hand, data):
    """The first rounds take long: nothing is computed yet."""
    end = time.monotonic() + MOST_UNTIL_SHOWN
    time.sleep(5)
    screen.key("5")
    while not kept(data)["rounds"] and time.monotonic() < end:
        play(screen, hand)
        time.sleep(0.2)


def kept(data):
    """What is in the data folder: settings, names of pictures, bytes of each file of the journal."""
    found = {"settings": None, "pictures": set(), "rounds": {}}
    for settings in data.rglob("settings.toml"):
        found["settings"] = tomllib.loads(settings.read_text("utf-8"))
    for listing in data.rglob("pictures.toml"):
        table = tomllib.loads(listing.read_text("utf-8"))
        entries = [entry for value in table.values() if isinstance(value, list) for entry in value]
        found["pictures"] |= {entry["name"] for entry in entries}
    for file in data.rglob("*.jsonl"):
        lines = file.read_bytes().split(b"\n")
        # A line that is not ended was being written.
        for line in lines[:-1]:
            json.loads(line)
        found["rounds"][file.relative_to(data).as_posix()] = b"\n".join(lines[:-1])
    return found


def lost(before, after):
    """What was there and is not any more, a sentence each."""
    if before["settings"] is not None and after["settings"] is None:
        yield "the settings are gone"
    for name in sorted(before["pictures"] - after["pictures"]):
        yield f"the picture {name} is gone"
    for name, lines in before["rounds"].items():
        if not after["rounds"].get(name, b"").startswith(lines):
            yield f"{name} lost lines"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for needed in ("Xvfb", "openbox"):
        if not shutil.which(needed):
            raise SystemExit(f"{needed} is needed; install it (Debian: xvfb openbox)")
    hand = random.Random(options.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kills-"))
    data = folder / "data"
    screen = soak.Screen()
    environment = {
        **os.environ,
        "DISPLAY": screen.name,
        "SALISCOPE_DATA": str(data),
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        "HOME": str(folder),
    }
    environment.pop("WAYLAND_DISPLAY", None)
    troubles, wrote = [], {"settings": 0, "pictures": 0, "rounds": 0}
    before = {"settings": None, "pictures": set(), "rounds": {}}
    try:
        for number in range(options.kills):
            pictures = [folder / f"p{number}-{which}.png" for which in "ab"]
            for which, picture in enumerate(pictures):
                png(picture, 2 * number + which)
            watch = folder / "watch"
            watch.write_bytes(b"")
            with open(folder / "log", "w", encoding="utf-8") as log:
                process = subprocess.Popen(
                    [options.program, *map(str, pictures), "--watch", str(watch)],
                    env=environment, stdout=log, stderr=log, cwd=folder,
                )
                end = time.monotonic() + MOST_UNTIL_SHOWN
                while watch.stat().st_size == 0 and process.poll() is None and time.monotonic() < end:
                    time.sleep(0.05)
                # Rounds first: settings change where the controls are.
                kind = "rounds" if 2 * number < options.kills else hand.choice(["settings", "anything"])
                most = MOST_OF_A_ROUND if kind == "rounds" else MOST_USED
                if number == 0:
                    warm_up(screen, hand, data)
                use(screen, hand, kind, time.monotonic() + 1 + hand.uniform(0.0, most))
                if process.poll() is not None:
                    troubles.append(f"run {number}: it ended by itself with {process.returncode}")
                process.send_signal(signal.SIGKILL)
                process.wait()
            try:
                after = kept(data)
            except (ValueError, KeyError, OSError) as error:
                troubles.append(f"run {number}: {error}")
                continue
            troubles.extend(f"run {number}: {what}" for what in lost(before, after))
            for what in wrote:
                wrote[what] += after[what] != before[what]
            before = after
    finally:
        screen.close()
    print(f"seed {options.seed}, {options.kills} kills; killed after it had written "
          f"settings {wrote['settings']}, pictures {wrote['pictures']}, rounds {wrote['rounds']} times")
    print("\n".join(troubles) or "nothing was lost or mixed")
    if not troubles:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
