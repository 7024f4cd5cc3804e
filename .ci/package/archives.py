"""Folders that run where they are unpacked: a .tar.zst for Linux, a .zip for Windows, an application
in a .zip for macOS. The last two were never tried on their systems; see the file of the public forge."""

import io
import plistlib
import shutil
import struct
import subprocess
import tarfile
import zipfile

from contents import PackageError

ABOUT = """Saliscope {version}: what does an image classifier look at, and why?

Nothing has to be installed: unpack this folder anywhere and start {program} in it, without arguments for
the window. {program} --help lists what it does without one; {program} guide opens the guide, which
is assets/guide/guide.html.

{needs}
{program} licences lists the licence of everything in this folder; the texts are in licences/ and in
models/installed/licences/. Nothing leaves your machine: the telemetry of ONNX Runtime is switched off
before it is loaded.
"""
LINUX_NEEDS = """Needs a 64-bit Linux with the C library {glibc} or later (Debian 12, Ubuntu 22.04 and all that is
newer) and, for the window and the tour, the graphics libraries that every desktop has. On a bare system:

  apt-get install libvulkan1 mesa-vulkan-drivers libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 \\
    libxkbcommon0 libxkbcommon-x11-0 libwayland-client0

The command line without the window needs libstdc++6 and no other library.
"""
WINDOWS_NEEDS = """Needs Windows 10 or later and Microsoft's Visual C++ runtime, which most programs bring along.
"""
MAC_NEEDS = """Needs macOS 14 or later on Apple's processors.
"""


def tree(parts, program, needs):
    """Path in the folder -> (bytes, mode)."""
    files = {program: (parts.program, 0o755)}
    files.update({name: (content, 0o644) for name, content in parts.data.items()})
    name, library = parts.runtime
    files[f"models/installed/{name}"] = (library, 0o644)
    files.update({f"licences/{name}": (content, 0o644) for name, content in parts.notices.items()})
    about = ABOUT.format(version=parts.version, program=program, needs=needs)
    files["README.txt"] = (about.encode(), 0o644)
    return files


def linux(parts, out, epoch, lowest):
    """The .tar.zst; gives its path and the size of its content, in bytes."""
    if shutil.which("zstd") is None:
        raise PackageError("there is no zstd; install it with: apt-get install zstd")
    files = tree(parts, "saliscope", LINUX_NEEDS.format(glibc=lowest))
    for page, text in parts.manual.items():
        files[f"share/man/man1/{page}.1"] = (text, 0o644)
    for shell, text in parts.completions.items():
        files[f"share/completions/saliscope.{shell}"] = (text, 0o644)
    name = f"saliscope-{parts.version}-linux-{parts.machine}"
    path = out / f"{name}.tar.zst"
    command = ["zstd", "-19", "-T0", "-q", "-f", "-o", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as zstd:
        with tarfile.open(fileobj=zstd.stdin, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for inner, (content, mode) in sorted(files.items()):
                entry = tarfile.TarInfo(f"{name}/{inner}")
                entry.size, entry.mode, entry.mtime = len(content), mode, epoch
                tar.addfile(entry, io.BytesIO(content))
        zstd.stdin.close()
    if zstd.returncode != 0:
        raise PackageError("zstd failed; is the disk full?")
    return path, sum(len(content) for content, _ in files.values())


def _zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for inner, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(inner, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # so that the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return path, sum(len(content) for content, _ in files.values())


def windows(parts, out):
    """The .zip for Windows."""
    name = f"saliscope-{parts.version}-windows-{parts.machine}"
    files = tree(parts, "saliscope.exe", WINDOWS_NEEDS)
    return _zip(out / f"{name}.zip", {f"{name}/{inner}": file for inner, file in files.items()})


def _icns(png):
    """An icon of macOS with one PNG picture of 256 pixels."""
    entry = b"ic08" + struct.pack(">I", len(png) + 8) + png
    return b"icns" + struct.pack(">I", len(entry) + 8) + entry


def _property_list(version):
    document = {
        "CFBundleTypeName": "Picture or ONNX network",
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": ["public.image"],
        "CFBundleTypeExtensions": ["onnx"],
    }
    return plistlib.dumps(
        {
            "CFBundleName": "Saliscope",
            "CFBundleIdentifier": "io.saliscope.Saliscope",
            "CFBundleExecutable": "saliscope",
            "CFBundleIconFile": "saliscope",
            "CFBundlePackageType": "APPL",
            "CFBundleShortVersionString": version,
            "CFBundleVersion": version,
            "CFBundleDocumentTypes": [document],
            "LSMinimumSystemVersion": "14.0",
            "LSApplicationCategoryType": "public.app-category.education",
            # The program sets this itself; here it also holds for whatever starts beside it.
            "LSEnvironment": {"ORT_DISABLE_TELEMETRY": "1"},
            "NSHighResolutionCapable": True,
        }
    )


def macos(parts, out):
    """The application for macOS, in a .zip."""
    files = tree(parts, "saliscope", MAC_NEEDS)
    top = "Saliscope.app/Contents"
    laid = {f"{top}/MacOS/saliscope": files.pop("saliscope")}
    laid.update({f"{top}/Resources/{inner}": file for inner, file in files.items()})
    laid[f"{top}/Resources/saliscope.icns"] = (_icns(parts.data["assets/icon.png"]), 0o644)
    laid[f"{top}/Info.plist"] = (_property_list(parts.version), 0o644)
    return _zip(out / f"saliscope-{parts.version}-macos-{parts.machine}.zip", laid)
