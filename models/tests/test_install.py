"""The installer: what it pins, what it takes, and that it leaves no half file."""

import os
import pathlib
import re
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import contents  # noqa: E402
import fetch  # noqa: E402
import install  # noqa: E402


class Pins(unittest.TestCase):
    def test_every_package_has_one_version_and_a_sha256(self):
        packages = fetch.read_packages()
        self.assertEqual(set(packages), {source.package for source in contents.SOURCES})
        for line in packages.values():
            self.assertRegex(line, r"^[a-z0-9-]+==[0-9.]+(\.post[0-9]+)?( --hash=sha256:[0-9a-f]{64})+$")

    def test_what_is_installed_is_what_the_catalog_names(self):
        hashes = install.catalog_hashes()
        self.assertGreater(len(hashes), 20)
        for name, sha256 in hashes.items():
            folders = ("models/installed", "assets/installed", "assets/installed/fonts")
            paths = [install.ROOT / folder / name for folder in folders]
            there = [path for path in paths if path.is_file()]
            self.assertEqual(len(there), 1, f"{name} is missing: run models/install.py")
            self.assertEqual(fetch.file_sha256(there[0]), sha256, name)

    def test_a_wheel_for_another_machine_is_not_taken(self):
        self.assertTrue(fetch._fits("a-1-py3-none-any.whl", "win_amd64"))
        self.assertTrue(fetch._fits("a-1-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl", "manylinux_2_28_x86_64"))
        self.assertFalse(fetch._fits("a-1-cp311-cp311-win_amd64.whl", "manylinux_2_28_x86_64"))


class ReadableNames(unittest.TestCase):
    def test_names_are_made_distinct_without_regard_to_case(self):
        synonyms = ["crane", "crane", "maillot", "maillot, tank suit", "Cardigan, Cardigan Welsh corgi", "cardigan", "hen"]
        curated = ["crane bird", "construction crane", "a", "b", "c", "d", "e"]
        expected = ["crane bird", "construction crane", "maillot", "tank suit", "Cardigan Welsh corgi", "cardigan", "hen"]
        self.assertEqual(contents.readable_names(synonyms, curated), expected)

    def test_names_that_stay_alike_are_an_error(self):
        with self.assertRaises(fetch.InstallError):
            contents.readable_names(["a", "a"], ["x", "X"])

    def test_the_installed_list_is_in_imagenets_order(self):
        path = install.INSTALLED / "imagenet-classes.txt"
        names = path.read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(names), 1000)
        known = {281: "tabby", 282: "tiger cat", 285: "Egyptian cat", 657: "missile", 967: "espresso"}
        self.assertEqual({index: names[index] for index in known}, known)


class WriteWhole(unittest.TestCase):
    def test_a_failed_write_leaves_the_old_file_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "deep" / "file"
            install.write_whole(path, b"old")
            with mock.patch("os.replace", side_effect=OSError), self.assertRaises(OSError):
                install.write_whole(path, b"new")
            self.assertEqual(path.read_bytes(), b"old")
            self.assertEqual([entry.name for entry in path.parent.iterdir()], ["file"])


class Sweep(unittest.TestCase):
    def test_what_killed_runs_left_goes_and_what_a_living_one_holds_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            dead, living, mine = folder / ".part-dead", folder / ".part-living", folder / "part.txt"
            for path in (dead, living, mine):
                path.write_bytes(b"half")
                os.utime(path, (0, 0))
            with open(living, "rb") as stream:
                if install.fcntl:
                    install.fcntl.flock(stream, install.fcntl.LOCK_EX)
                    install.sweep(folder)
                    self.assertEqual(sorted(folder.iterdir()), [living, mine])
            install.sweep(folder)
            self.assertEqual(list(folder.iterdir()), [mine])


class InPlace(unittest.TestCase):
    def test_a_missing_shortened_or_altered_file_is_made_again(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(install, "ROOT", pathlib.Path(folder)):
            path = pathlib.Path(folder) / "file"
            path.write_bytes(b"four")
            note = {"inputs": "i", "outputs": {"file": [4, fetch.file_sha256(path)]}}
            outputs = install.noted_outputs(note, "i")
            self.assertIsNone(install.in_place(outputs, check=False))
            self.assertEqual(install.noted_outputs(note, "other inputs"), {})
            # Looked at once, and not read again as long as it is the same file.
            with mock.patch.object(install, "file_sha256", side_effect=AssertionError):
                self.assertIsNone(install.in_place(outputs, check=False))
            path.write_bytes(b"FOUR")
            self.assertIn("not what was installed", install.in_place(outputs, check=False))
            self.assertIn("not what was installed", install.in_place(outputs, check=True))
            path.write_bytes(b"fou")
            self.assertIn("not what was installed", install.in_place(outputs, check=False))
            path.unlink()
            self.assertIn("missing", install.in_place(outputs, check=False))
            self.assertIsNotNone(install.in_place({}, check=False))

    def test_a_damaged_stamp_notes_nothing(self):
        for outputs in ([], "x", {"f": 3}, {"f": []}, {"f": ["4", "h"]}, {"f": [4, None]}, {"../f": [4, "h"]}):
            self.assertEqual(install.noted_outputs({"inputs": "i", "outputs": outputs}, "i"), {}, outputs)
        for note in (None, [], 3, {"inputs": "i"}):
            self.assertEqual(install.noted_outputs(note, "i"), {}, note)
        with tempfile.TemporaryDirectory() as folder:
            stamp = pathlib.Path(folder) / "stamp.json"
            with mock.patch.object(install, "STAMP", stamp):
                for text in (b"[1]", b"{", b"\xff", b"7"):
                    stamp.write_bytes(text)
                    self.assertEqual(install.read_stamp(), {}, text)


class Download(unittest.TestCase):
    REQUIREMENT = "nothing==1.0 --hash=sha256:" + "0" * 64

    def wheel(self, folder):
        return fetch.wheel(self.REQUIREMENT, 1, "manylinux_2_28_x86_64", pathlib.Path(folder), "nothing")

    def test_a_wheel_with_another_hash_is_refused_and_not_kept(self):
        def pip_that_checks_nothing(command, **_):
            target = pathlib.Path(command[command.index("--dest") + 1])
            target.mkdir()
            (target / "nothing-1.0-py3-none-any.whl").write_bytes(b"not what was pinned")
            return mock.Mock(poll=lambda: 0, returncode=0)

        with tempfile.TemporaryDirectory() as folder:
            with mock.patch("subprocess.Popen", pip_that_checks_nothing), mock.patch("builtins.print"):
                with self.assertRaisesRegex(fetch.InstallError, "sha256"):
                    self.wheel(folder)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_a_missing_pip_is_said_with_the_command_that_mends_it(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch("importlib.util.find_spec", return_value=None):
            with mock.patch("shutil.which", return_value="/usr/bin/apt-get"):
                with self.assertRaisesRegex(fetch.InstallError, re.escape("apt-get install -y python3-pip")):
                    self.wheel(folder)

    def test_only_the_parts_of_killed_runs_are_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            old, new = pathlib.Path(folder) / "part-old", pathlib.Path(folder) / "part-new"
            for part in (old, new):
                part.mkdir()
                (part / "half.whl").write_bytes(b"half")
            os.utime(old, (0, 0))
            fetch._remove_stale_parts(pathlib.Path(folder))
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [new])

    def test_pips_own_words_are_passed_on(self):
        self.assertEqual(fetch._reason("noise\nERROR: no such thing\n"), "ERROR: no such thing")
        self.assertEqual(fetch._reason(""), "pip said nothing")


if __name__ == "__main__":
    unittest.main()
