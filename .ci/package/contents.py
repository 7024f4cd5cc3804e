"""What goes into every package: the catalog's files, what we drew, the guide, the licences."""

import base64
import hashlib
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
# In assets/, and not for those who only use the program.
NOT_SHIPPED = {"draw.py"}
NOT_SHIPPED_FOLDERS = {"installed", "desktop", "guide"}
RUNTIMES = {"linux": "libonnxruntime.so", "macos": "libonnxruntime.dylib", "windows": "onnxruntime.dll"}
PICTURE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml", ".webp": "image/webp"}


class PackageError(Exception):
    """A package cannot be made; one line that says what to do."""


def version(root=ROOT):
    """The program's version."""
    return tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]


def description(root=ROOT):
    """The program's description: a question and a sentence."""
    return tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))["package"]["description"]


def guide(folder):
    """The guide as one file: its pictures stand inside of it."""
    text = (folder / "guide.html").read_text(encoding="utf-8")

    def inside(match):
        path = folder / match.group(1)
        if path.suffix not in PICTURE_TYPES or not path.is_file():
            raise PackageError(f"the guide shows {match.group(1)}, which is not in {folder}; run: make readme")
        data = base64.b64encode(path.read_bytes()).decode()
        return f'src="data:{PICTURE_TYPES[path.suffix]};base64,{data}"'

    return re.sub(r'src="(?!data:|https?:)([^"]+)"', inside, text).encode()


def _catalogued(root):
    """The files that the catalog names: path from the root -> sha256, None for what we drew."""
    catalog = tomllib.loads((root / "models/catalog.toml").read_text(encoding="utf-8"))
    folders = {"model": "models", "labels": "models", "style": "models", "picture": "assets", "font": "assets"}
    files = {}
    for kind, folder in folders.items():
        for entry in catalog.get(kind, []):
            if entry.get("drawn"):
                files[f"assets/{entry['file']}"] = None
            else:
                files[f"{folder}/installed/{entry['file']}"] = entry["sha256"]
    return files


def data(root=ROOT):
    """Path in the program's folder -> bytes, of all that is the same on every system.

    Every file that was installed is compared with the catalog: nothing else gets into a package.
    """
    files = {"models/catalog.toml": (root / "models/catalog.toml").read_bytes()}
    for name, sha256 in _catalogued(root).items():
        path = root / name
        if not path.is_file():
            raise PackageError(f"{name} is missing; run: python3 models/install.py")
        files[name] = path.read_bytes()
        if sha256 not in (None, hashlib.sha256(files[name]).hexdigest()):
            raise PackageError(f"{name} is not what the catalog names; run: python3 models/install.py")
    for path in sorted((root / "assets").rglob("*")):
        inner = path.relative_to(root / "assets")
        if path.is_file() and inner.parts[0] not in NOT_SHIPPED_FOLDERS and path.name not in NOT_SHIPPED:
            if "__pycache__" not in inner.parts:
                files[f"assets/{inner.as_posix()}"] = path.read_bytes()
    files["assets/guide/guide.html"] = guide(root / "assets/guide")
    licences = root / "models/installed/licences"
    for path in sorted(licences.rglob("*")):
        if path.is_file():
            files[f"models/installed/licences/{path.relative_to(licences).as_posix()}"] = path.read_bytes()
    for name in ("LICENSE-MIT", "LICENSE-APACHE"):
        files[name] = (root / name).read_bytes()
    return files


def runtime(system, root=ROOT):
    """Name and bytes of ONNX Runtime's library."""
    name = RUNTIMES[system]
    path = root / "models/installed" / name
    if not path.is_file():
        raise PackageError(f"models/installed/{name} is missing; run: python3 models/install.py on {system}")
    return name, path.read_bytes()


if __name__ == "__main__":
    sys.stdout.buffer.write(guide(ROOT / "assets/guide"))
