"""The packages: what is in them, what never gets in, and what is refused."""

import io
import pathlib
import plistlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import build  # noqa: E402
import contents  # noqa: E402
import debian  # noqa: E402
import notices  # noqa: E402

PROGRAM = b"\x7fELF GLIBC_2.2.5 GLIBC_2.9 GLIBC_2.35 GLIBC_2.4"


def parts(system="linux"):
    """Parts of a package with the beginnings of this checkout's real files, which are packed sooner than
    whole networks, and a program that is none."""
    return build.Parts(
        version=contents.version(),
        machine="x86_64",
        program=PROGRAM,
        data={name: content[:4096] for name, content in contents.data().items()},
        runtime=(contents.RUNTIMES[system], b"library"),
        notices={"libraries.tsv": b"serde\t1.0.0\tMIT\n", "libraries.txt": b"Permission is hereby granted"},
        manual={"saliscope": b".TH saliscope 1\n"},
        completions={shell: b"complete\n" for shell in build.SHELLS},
    )


class Contents(unittest.TestCase):
    def test_all_that_the_catalog_names_is_shipped_and_nothing_else_of_those_folders(self):
        stranger = contents.ROOT / "models/installed/stranger-of-the-tests.onnx"
        stranger.write_bytes(b"mine")
        try:
            data = contents.data()
        finally:
            stranger.unlink()
        self.assertNotIn("models/installed/stranger-of-the-tests.onnx", data)
        for name in ("models/installed/efficientnet-lite0.onnx", "assets/installed/cat.png", "assets/shapes/mug.png"):
            self.assertIn(name, data)
        self.assertIn("assets/installed/fonts/Inter.ttf", data)
        # What people run with their own Python is for them; what belongs to the set-up is not.
        theirs = ["assets/cluster/ray_index.py", "assets/python/saliscope.py"]
        kept_out = [name for name in data if "downloads" in name or name.endswith(".py")]
        self.assertEqual(theirs, sorted(kept_out))
        self.assertTrue([name for name in data if name.endswith("onnxruntime/ThirdPartyNotices.txt")])

    def test_every_download_carries_its_licence(self):
        packages = (contents.ROOT / "models/packages.txt").read_text(encoding="utf-8")
        shipped = contents.data()
        for name in re.findall(r"^([a-z0-9-]+)==", packages, re.MULTILINE):
            found = [path for path in shipped if path.startswith(f"models/installed/licences/{name}/")]
            self.assertTrue(found, f"nothing says under which licence {name} is passed on")

    def test_an_altered_network_is_not_packaged(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "models/installed").mkdir(parents=True)
            entry = '[[model]]\nid = "a"\nfile = "a.onnx"\nsha256 = "%s"\n' % ("0" * 64)
            (root / "models/catalog.toml").write_text(entry, encoding="utf-8")
            with self.assertRaisesRegex(contents.PackageError, "a.onnx is missing"):
                contents.data(root)
            (root / "models/installed/a.onnx").write_bytes(b"x")
            with self.assertRaisesRegex(contents.PackageError, "not what the catalog names"):
                contents.data(root)


class Guide(unittest.TestCase):
    def test_it_is_one_small_file(self):
        text = contents.guide(contents.ROOT / "assets/guide").decode()
        self.assertLess(len(text), 3_000_000)
        self.assertGreater(text.count('src="data:image/'), 4)
        self.assertIsNone(re.search(r"""(src|href)=["'](?!data:|#)""", text), "it leads out of itself")

    def test_a_picture_that_is_missing_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "guide.html").write_text('<img src="none.jpg">', encoding="utf-8")
            with self.assertRaisesRegex(contents.PackageError, "none.jpg"):
                contents.guide(pathlib.Path(folder))


class Notices(unittest.TestCase):
    def test_what_is_only_built_with_is_not_shipped(self):
        def dependency(package, kind):
            return {"pkg": package, "dep_kinds": [{"kind": kind}]}

        nodes = {
            "top": [dependency("used", None), dependency("tests", "dev"), dependency("builds", "build")],
            "used": [dependency("below", None)],
            "below": [],
            "tests": [],
            "builds": [],
        }
        about = {
            "resolve": {"root": "top", "nodes": [{"id": name, "deps": deps} for name, deps in nodes.items()]},
            "packages": [{"id": name, "name": name, "version": "1"} for name in nodes],
        }
        self.assertEqual([package["name"] for package in notices.shipped(about)], ["below", "used"])

    def test_texts_are_found_and_sources_are_not(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "licenses").mkdir()
            for name in ("LICENSE-MIT", "COPYING.md", "license.rs", "licenses/Zlib.txt", "README.md"):
                (folder / name).write_text(name, encoding="utf-8")
            found = notices.texts_of({"manifest_path": str(folder / "Cargo.toml")})
            self.assertEqual(sorted(found), ["COPYING.md", "LICENSE-MIT", "Zlib.txt"])


class Archives(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name)

    def test_windows(self):
        ((path, size),) = build.build(parts("windows"), ["zip"], self.out)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            about = archive.read(next(name for name in names if name.endswith("README.txt"))).decode()
        top = {name.split("/")[0] for name in names}
        self.assertEqual(len(top), 1)
        inner = {name.split("/", 1)[1] for name in names}
        for name in ("saliscope.exe", "models/catalog.toml", "models/installed/onnxruntime.dll", "licences/libraries.txt"):
            self.assertIn(name, inner)
        self.assertIn("saliscope.exe --help", about)
        self.assertGreater(size, path.stat().st_size / 2)

    def test_macos(self):
        ((path, _),) = build.build(parts("macos"), ["app"], self.out)
        with zipfile.ZipFile(path) as archive:
            info = plistlib.loads(archive.read("Saliscope.app/Contents/Info.plist"))
            names = set(archive.namelist())
            mode = archive.getinfo("Saliscope.app/Contents/MacOS/saliscope").external_attr >> 16
            icon = archive.read("Saliscope.app/Contents/Resources/saliscope.icns")
        self.assertEqual(info["LSEnvironment"], {"ORT_DISABLE_TELEMETRY": "1"})
        self.assertTrue(mode & 0o111, "it could not be started")
        self.assertEqual(int.from_bytes(icon[4:8], "big"), len(icon))
        self.assertIn("Saliscope.app/Contents/Resources/models/catalog.toml", names)
        self.assertIn("Saliscope.app/Contents/Resources/models/installed/libonnxruntime.dylib", names)

    @unittest.skipUnless(shutil.which("zstd"), "no zstd")
    def test_linux(self):
        ((path, _),) = build.build(parts(), ["tar"], self.out)
        plain = subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            entries = {entry.name.split("/", 1)[1]: entry for entry in tar}
        self.assertEqual(entries["saliscope"].mode, 0o755)
        for name in ("models/installed/libonnxruntime.so", "share/man/man1/saliscope.1", "assets/guide/guide.html"):
            self.assertIn(name, entries)
        again = build.build(parts(), ["tar"], self.out / "again")[0][0]
        self.assertEqual(path.read_bytes(), again.read_bytes(), "the same source gives another archive")

    @unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb")
    def test_debian(self):
        path, _ = build.build(parts(), ["deb"], self.out)[0]
        control = subprocess.run(["dpkg-deb", "--info", path, "control"], capture_output=True, text=True, check=True).stdout
        self.assertIn("Depends: libc6 (>= 2.35), ", control)
        self.assertIn("Architecture: amd64", control)
        listing = subprocess.run(["dpkg-deb", "--contents", path], capture_output=True, text=True, check=True).stdout
        for name in (
            "usr/bin/saliscope", "usr/lib/saliscope/libonnxruntime.so", "usr/share/saliscope/models/catalog.toml",
            "usr/share/applications/saliscope.desktop", "usr/share/man/man1/saliscope.1.gz",
            "usr/share/doc/saliscope/copyright", "usr/share/bash-completion/completions/saliscope",
            "usr/share/mime/packages/saliscope.xml",
        ):  # fmt: skip
            self.assertRegex(listing, rf"root/root .* \./{re.escape(name)}\n")

    def test_a_program_of_another_system_is_refused(self):
        with self.assertRaisesRegex(contents.PackageError, "a program for Linux"):
            debian.glibc(b"MZ")


if __name__ == "__main__":
    unittest.main()
