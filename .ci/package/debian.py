"""The Debian package: a tree laid out as Debian has it, given to dpkg-deb.

Without cargo-deb: that would have to be built first on every machine, and what it does beyond dpkg-deb
(finding the files, stripping, the list of needs) is done here anyhow, once for all kinds of packages.
"""

import gzip
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile

from contents import ROOT, PackageError, description

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
MAINTAINER = "Saliscope's authors <maintainers@saliscope.invalid>"  # no address yet
# Bevy and winit open these when the window does; nothing in the program's file names them.
WINDOW_NEEDS = (
    "libvulkan1", "mesa-vulkan-drivers | vulkan-icd", "libx11-6", "libx11-xcb1", "libxcursor1", "libxi6",
    "libxrandr2", "libxkbcommon0", "libxkbcommon-x11-0", "libwayland-client0",
)  # fmt: skip
WISHES = ("xdg-utils", "xdg-desktop-portal")


def glibc(*binaries):
    """The lowest version of the C library that all of these files run with, such as "2.35"."""
    found = {match for data in binaries for match in re.findall(rb"GLIBC_(\d+)\.(\d+)", data)}
    if not found:
        raise PackageError("the program does not name the C library it needs: is it a program for Linux?")
    major, minor = max((int(major), int(minor)) for major, minor in found)
    return f"{major}.{minor}"


def _control(version, machine, needs, kibibytes):
    lines = [
        "Package: saliscope",
        f"Version: {version}",
        f"Architecture: {MACHINES[machine]}",
        f"Maintainer: {MAINTAINER}",
        f"Installed-Size: {kibibytes}",
        f"Depends: {', '.join(needs)}",
        f"Recommends: {', '.join(WISHES)}",
        "Section: science",
        "Priority: optional",
        "Description: live saliency maps for any picture and any ONNX classifier",
    ]
    question = description().split("?")[0] + "?"
    words = f"{question} Drop in a picture and any ONNX classifier: Saliscope shows the prediction and computes the saliency map live. Four networks, style networks, pictures and ONNX Runtime come along; nothing leaves the machine."
    line = ""
    for word in words.split():
        if len(line) + len(word) > 72:
            lines.append(f" {line}")
            line = ""
        line = f"{line} {word}".strip()
    lines.append(f" {line}")
    return "\n".join(lines) + "\n"


def _copyright():
    mit = (ROOT / "LICENSE-MIT").read_text(encoding="utf-8")
    holder = next(line for line in mit.splitlines() if line.startswith("Copyright"))
    body = mit.split(holder, 1)[1].strip()
    indented = "\n".join(f" {line}" if line.strip() else " ." for line in body.splitlines())
    holder = re.sub(r"^Copyright\s*(\(c\))?\s*", "", holder)
    return f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Saliscope
Comment:
 What comes along has licences of its own. They are listed by "saliscope licences"; the texts are
 in /usr/share/saliscope/licences (libraries in the program) and
 /usr/share/saliscope/models/installed/licences (ONNX Runtime, networks, pictures, typefaces).
 On Debian systems the text of the Apache licence 2.0 is in /usr/share/common-licenses/Apache-2.0.

Files: *
Copyright: {holder}
License: Expat or Apache-2.0

License: Expat or Apache-2.0
 The program may be used under either of the two licences.
 .
 Apache licence 2.0: see /usr/share/common-licenses/Apache-2.0.
 .
 Expat licence:
 .
{indented}
"""


def _gzip(text):
    return gzip.compress(text, compresslevel=9, mtime=0)


def files(parts, when):
    """Path from / -> (bytes, mode) of everything in the package but its control files."""
    tree = {"usr/bin/saliscope": (parts.program, 0o755)}
    for name, content in parts.data.items():
        if name.startswith("LICENSE"):
            continue  # Debian has them in one place, and the program itself prints them
        tree[f"usr/share/saliscope/{name}"] = (content, 0o755 if content.startswith(b"#!") else 0o644)
    for name, content in parts.notices.items():
        tree[f"usr/share/saliscope/licences/{name}"] = (content, 0o644)
    name, library = parts.runtime
    tree[f"usr/lib/saliscope/{name}"] = (library, 0o644)
    desktop = ROOT / "assets/desktop"
    tree["usr/share/applications/saliscope.desktop"] = ((desktop / "saliscope.desktop").read_bytes(), 0o644)
    tree["usr/share/mime/packages/saliscope.xml"] = ((desktop / "saliscope.xml").read_bytes(), 0o644)
    tree["usr/share/icons/hicolor/256x256/apps/saliscope.png"] = (parts.data["assets/icon.png"], 0o644)
    for page, text in parts.manual.items():
        tree[f"usr/share/man/man1/{page}.1.gz"] = (_gzip(text), 0o644)
    shells = {
        "bash": "usr/share/bash-completion/completions/saliscope",
        "zsh": "usr/share/zsh/vendor-completions/_saliscope",
        "fish": "usr/share/fish/vendor_completions.d/saliscope.fish",
    }
    for shell, path in shells.items():
        tree[path] = (parts.completions[shell], 0o644)
    tree["usr/share/lintian/overrides/saliscope"] = ((desktop / "saliscope.lintian-overrides").read_bytes(), 0o644)
    tree["usr/share/doc/saliscope/copyright"] = (_copyright().encode(), 0o644)
    entry = f"saliscope ({parts.version}) unstable; urgency=medium\n\n  * See README.md.\n\n -- {MAINTAINER}  {when}\n"
    tree["usr/share/doc/saliscope/changelog.gz"] = (_gzip(entry.encode()), 0o644)
    return tree


def build(parts, out, when, epoch):
    """Builds the package; gives its path and the size of what it installs, in bytes."""
    if shutil.which("dpkg-deb") is None:
        raise PackageError("there is no dpkg-deb: a Debian package is made on Debian or Ubuntu")
    tree = files(parts, when)
    size = sum(len(content) for content, _ in tree.values())
    lowest = glibc(parts.program, parts.runtime[1])
    needs = [f"libc6 (>= {lowest})", "libgcc-s1", "libstdc++6", *WINDOW_NEEDS]
    path = out / f"saliscope_{parts.version}_{MACHINES[parts.machine]}.deb"
    with tempfile.TemporaryDirectory(prefix="saliscope-deb-") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        sums = []
        for name, (content, mode) in sorted(tree.items()):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
            sums.append(f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {name}\n")
        control = folder / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(_control(parts.version, parts.machine, needs, -(-size // 1024)), encoding="utf-8")
        (control / "md5sums").write_text("".join(sums), encoding="utf-8")
        for made in [folder, *folder.rglob("*")]:
            if made.is_dir():
                made.chmod(0o755)
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(folder), str(path)]
        environment = {"SOURCE_DATE_EPOCH": str(epoch), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            raise PackageError(f"dpkg-deb failed: {done.stderr.strip()}")
    return path, size
