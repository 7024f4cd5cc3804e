#!/usr/bin/env python3
"""Lists the libraries that are in the program, and collects the texts of their licences.

usage: python .ci/package/notices.py DIR [--target TRIPLE]

Writes DIR/libraries.tsv (name, version, licence) and DIR/libraries.txt (each text once, with the
libraries it is of). Asks cargo for what the program is built from, offline, and reads the texts where
cargo keeps the sources.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CARGO = os.environ.get("CARGO", "cargo")
TEXT_NAMES = re.compile(r"^(licen[cs]es?|copying|copyright|notice|unlicense|ofl|ufl)([-_.].*)?$", re.IGNORECASE)
# Also in folders of this name; never sources that are called so.
TEXT_FOLDERS = re.compile(r"^licen[cs]es?$", re.IGNORECASE)
NO_TEXTS = {".rs", ".toml", ".json", ".py", ".sh", ".html", ".cfg", ".yml"}


class NoticesError(Exception):
    """The libraries cannot be listed; one line that says what to do."""


def host():
    """The triple of the machine that builds."""
    said = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    return re.search(r"^host: (\S+)$", said, re.MULTILINE).group(1)


def metadata(target):
    """What cargo knows of the program and all it is built from."""
    command = [CARGO, "metadata", "--format-version=1", "--locked", "--offline", f"--filter-platform={target}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise NoticesError(f"cargo cannot list the libraries ({said[-1].strip()}); run: cargo fetch --locked")
    return json.loads(done.stdout)


def shipped(about):
    """The packages whose code is in the program: no tests, nothing that only runs while it is built."""
    nodes = {node["id"]: node for node in about["resolve"]["nodes"]}
    root = about["resolve"]["root"]
    found, to_see = set(), [root]
    while to_see:
        node = to_see.pop()
        if node in found:
            continue
        found.add(node)
        for dependency in nodes[node]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                to_see.append(dependency["pkg"])
    packages = {package["id"]: package for package in about["packages"]}
    libraries = [packages[node] for node in found if node != root]
    return sorted(libraries, key=lambda package: (package["name"], package["version"]))


def texts_of(package):
    """The texts of licences in a package's folder: name -> text."""
    folder = pathlib.Path(package["manifest_path"]).parent
    named = [folder / package["license_file"]] if package.get("license_file") else []
    places = [folder, *(place for place in folder.iterdir() if place.is_dir() and TEXT_FOLDERS.match(place.name))]
    for place in places:
        whole = place != folder
        named += [path for path in place.iterdir() if whole or TEXT_NAMES.match(path.name)]
    # Typefaces in a package have texts beside them.
    named += [path for path in folder.glob("fonts/*") if path.suffix.lower() == ".txt"]
    texts = {}
    for path in sorted(set(named)):
        if path.is_file() and path.suffix.lower() not in NO_TEXTS:
            texts[path.name] = path.read_text(encoding="utf-8", errors="replace").strip()
    return texts


def write(out, target):
    """Writes both files; gives the number of libraries and of different texts."""
    out.mkdir(parents=True, exist_ok=True)
    libraries = shipped(metadata(target))
    by_text, without, lines = {}, [], []
    for package in libraries:
        title = f"{package['name']} {package['version']}"
        licence = package.get("license") or f"its own ({package.get('license_file') or 'not told'})"
        lines.append(f"{package['name']}\t{package['version']}\t{licence}")
        texts = texts_of(package)
        if not texts:
            authors = ", ".join(package.get("authors") or []) or "its authors"
            without.append(f"{title}: {licence}; copyright {authors}; {package.get('repository') or ''}".rstrip("; "))
        for text in texts.values():
            # Line breaks and indents are no difference between two licences.
            key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            by_text.setdefault(key, (text, []))[1].append(title)
    parts = []
    for text, titles in sorted(by_text.values(), key=lambda entry: (entry[1][0], entry[0])):
        parts.append(f"{'=' * 78}\n{', '.join(titles)}\n{'=' * 78}\n\n{text}\n")
    if without:
        parts.append(
            "=" * 78 + "\nThese name their licence and carry no text of it; the texts of the same licences stand above.\n"
            + "=" * 78 + "\n\n" + "\n".join(without) + "\n"
        )
    (out / "libraries.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "libraries.txt").write_text("\n".join(parts), encoding="utf-8")
    return len(libraries), len(by_text)


def main():
    """Runs it; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--target", help="what the program was built for; this machine where not said")
    arguments = parser.parse_args()
    try:
        libraries, texts = write(arguments.out, arguments.target or host())
    except (NoticesError, OSError, subprocess.CalledProcessError) as error:
        print(f"notices.py: {error}", file=sys.stderr)
        return 1
    print(f"{libraries} libraries, {texts} different texts, in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
