#!/usr/bin/env python3
"""Makes the packages of a built program, offline.

usage: python .ci/package/build.py --program FILE --out DIR [--kind deb,tar,zip,app] [--machine x86_64]

  deb  for Debian 12, Ubuntu 22.04 and what is newer (dpkg-deb)
  tar  a folder for any Linux with the same C library, as .tar.zst (zstd)
  zip  a folder for Windows
  app  an application for macOS

Needs Python 3.11 and what `make setup` installs. The program is run once to print its manual and its
completions, so packages for a system are made on that system. Writes the packages and SHA256SUMS.
"""

import argparse
import collections
import email.utils
import hashlib
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # leaves no __pycache__ in the source folder

import archives  # noqa: E402
import contents  # noqa: E402
import debian  # noqa: E402
import notices  # noqa: E402
from contents import PackageError  # noqa: E402

KINDS = {"deb": "linux", "tar": "linux", "zip": "windows", "app": "macos"}
SHELLS = ("bash", "zsh", "fish")
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}

Parts = collections.namedtuple("Parts", "version machine program data runtime notices manual completions")


def _said(program, *arguments):
    """What the program prints."""
    environment = dict(os.environ, SALISCOPE_HOME=str(contents.ROOT), ORT_DISABLE_TELEMETRY="1")
    done = subprocess.run([program, *arguments], capture_output=True, env=environment, check=False)
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
        raise PackageError(f"{program} {' '.join(arguments)}: {why}")
    return done.stdout


def _stripped(program):
    """The program's bytes without names for debuggers, where there is a tool to take them out."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "program"
        try:
            subprocess.run(["strip", "-o", copy, program], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return program.read_bytes()
        return copy.read_bytes()


def collect(program, system, machine):
    """All that the packages of a system are made of."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        notices.write(folder, notices.host())
        for path in sorted(folder.iterdir()):
            made[path.name] = path.read_bytes()
    pages = _said(program, "manual").decode().split()
    return Parts(
        version=contents.version(),
        machine=machine,
        program=_stripped(program) if system == "linux" else program.read_bytes(),
        data=contents.data(),
        runtime=contents.runtime(system),
        notices=made,
        manual={page: _said(program, "manual", page) for page in pages},
        completions={shell: _said(program, "completions", shell) for shell in SHELLS},
    )


def _epoch():
    """Seconds of the last change, so that the same source gives the same package."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said:
        return int(said)
    try:
        command = ["git", "-C", str(contents.ROOT), "log", "-1", "--format=%ct"]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return int((contents.ROOT / "Cargo.lock").stat().st_mtime)


def build(parts, kinds, out):
    """Makes the packages; gives (path, bytes when installed) of each."""
    epoch = _epoch()
    when = email.utils.formatdate(epoch)
    out.mkdir(parents=True, exist_ok=True)
    makers = {
        "deb": lambda: debian.build(parts, out, when, epoch),
        "tar": lambda: archives.linux(parts, out, epoch, debian.glibc(parts.program, parts.runtime[1])),
        "zip": lambda: archives.windows(parts, out),
        "app": lambda: archives.macos(parts, out),
    }
    return [makers[kind]() for kind in kinds]


def _default_kinds():
    return {"Darwin": "app", "Windows": "zip"}.get(platform.system(), "deb,tar")


def main():
    """Runs it; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the built program")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the packages")
    parser.add_argument("--kind", default=_default_kinds(), help="deb, tar, zip, app; several with commas")
    arguments = parser.parse_args()
    kinds = arguments.kind.split(",")
    unknown = [kind for kind in kinds if kind not in KINDS]
    systems = {KINDS[kind] for kind in kinds if kind in KINDS}
    if unknown or len(systems) != 1:
        parser.error(f"--kind takes {', '.join(KINDS)}, of one system at a time")
    machine = platform.machine()
    machine = ARCHITECTURES.get(machine.lower(), machine)
    try:
        parts = collect(arguments.program.resolve(), systems.pop(), machine)
        made = build(parts, kinds, arguments.out)
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path, _ in made]
        (arguments.out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    except (PackageError, notices.NoticesError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    for path, size in made:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB when installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
