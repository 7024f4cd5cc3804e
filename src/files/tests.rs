use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use image::RgbImage;

use super::*;

fn put(path: &Path, text: &str) -> io::Result<()> {
    write_atomic(path, |file| file.write_all(text.as_bytes()))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/f.txt");
    put(&path, "old").unwrap();
    let failed = write_atomic(&path, |f| {
        f.write_all(b"half")?;
        Err(io::Error::other("full"))
    });
    assert!(failed.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(path.parent().unwrap()), ["f.txt"]);
}

#[cfg(unix)]
#[test]
fn links_modes_and_names_stay_as_they_were() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mode = |name: &str| fs::metadata(at(name)).unwrap().mode() & 0o7777;

    put(&at("private"), "old").unwrap();
    // As the umask of the process says.
    fs::write(at("plain"), "").unwrap();
    assert_eq!(mode("private"), mode("plain"));
    fs::set_permissions(at("private"), fs::Permissions::from_mode(0o600)).unwrap();
    put(&at("private"), "new").unwrap();
    assert_eq!(mode("private"), 0o600);

    symlink("private", at("link")).unwrap();
    symlink(at("link"), at("link to link")).unwrap();
    put(&at("link to link"), "through").unwrap();
    assert!(
        fs::symlink_metadata(at("link to link"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(fs::read(at("private")).unwrap(), b"through");
    assert_eq!(mode("private"), 0o600);
    // A link may lead to what is not there yet.
    symlink("later", at("early")).unwrap();
    put(&at("early"), "now").unwrap();
    assert_eq!(fs::read(at("later")).unwrap(), b"now");

    fs::hard_link(at("private"), at("other name")).unwrap();
    let number = fs::metadata(at("private")).unwrap().ino();
    for text in ["short", "very much longer than before", "x"] {
        put(&at("private"), text).unwrap();
        assert_eq!(fs::read_to_string(at("other name")).unwrap(), text);
        assert_eq!(fs::metadata(at("private")).unwrap().ino(), number);
    }
    fs::set_permissions(at("private"), fs::Permissions::from_mode(0o444)).unwrap();
    let error = put(&at("private"), "again").unwrap_err().to_string();
    assert!(error.contains("may only be read"), "{error}");
    assert_eq!(fs::read(at("private")).unwrap(), b"x");
}

#[cfg(unix)]
#[test]
fn only_plain_files_are_written() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    std::os::unix::fs::symlink("pipe", at("link")).unwrap();
    for (name, says) in [
        ("pipe", "a pipe"),
        ("link", "a pipe"),
        ("socket", "a socket"),
        ("folder", "a folder"),
    ] {
        let error = put(&at(name), "x").unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains("no plain file"),
            "{error}"
        );
        let error = Output::new(&at(name)).overwriting(true).check_file();
        let error = error.unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(says), "{error}");
    }
    // A device needs rights to be made; a copy of one, never the system's own.
    let null = rustix::fs::makedev(1, 3);
    if mknodat(CWD, at("null"), FileType::CharacterDevice, Mode::RWXU, null).is_ok() {
        let error = put(&at("null"), "x").unwrap_err().to_string();
        assert!(error.contains("a device"), "{error}");
        let kind = fs::symlink_metadata(at("null")).unwrap();
        assert!(!kind.is_file(), "the device is still there");
    }
    drop(socket);
    assert_eq!(
        names(folder.path())
            .iter()
            .filter(|n| n.starts_with('.'))
            .count(),
        0
    );
}

#[test]
fn inputs_and_files_of_others_are_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let picture = RgbImage::new(2, 2);
    picture.save(at("theirs.png")).unwrap();
    write_png(&at("ours.png"), &picture).unwrap();
    let write = |output: Output| output.write_png(&picture).map_err(|e| e.to_string());

    write(Output::new(&at("new.png"))).unwrap();
    write(Output::new(&at("ours.png"))).unwrap();
    let before = fs::read(at("theirs.png")).unwrap();
    let error = write(Output::new(&at("theirs.png"))).unwrap_err();
    assert!(error.contains("--overwrite"), "{error}");
    // By whatever name, and whatever was said.
    fs::create_dir(at("sub")).unwrap();
    for input in ["theirs.png", "sub/../theirs.png"] {
        let output = Output::new(&at("theirs.png")).reading([at(input)]);
        let error = write(output.overwriting(true)).unwrap_err();
        assert!(error.contains("is an input"), "{error}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("theirs.png", at("link.png")).unwrap();
        let output = Output::new(&at("link.png")).reading([at("theirs.png")]);
        assert!(write(output.overwriting(true)).is_err());
    }
    assert_eq!(fs::read(at("theirs.png")).unwrap(), before);
    write(Output::new(&at("theirs.png")).overwriting(true)).unwrap();
    assert_ne!(fs::read(at("theirs.png")).unwrap(), before);
}

const NAMES: [&str; 3] = ["one.png", "map.npy", "record.json"];

/// A result of two files and their record.
fn result(output: &Output, shade: u8) -> Result<(), String> {
    let fill = |folder: &Path| {
        write_png(
            &folder.join("one.png"),
            &RgbImage::from_pixel(4, 4, image::Rgb([shade; 3])),
        )?;
        let map = ndarray::Array2::from_elem((2, 2), f32::from(shade));
        crate::npy::write_array(&folder.join("map.npy"), map.view())?;
        let hash = sha256_of_file(&folder.join("map.npy"))?;
        let record = serde_json::json!({"made_by": made_by(), "files": {"map.npy": hash}});
        fs::write(folder.join("record.json"), record.to_string())
    };
    let done: Result<(), OutputError> = output.write_folder(&NAMES, |folder| {
        fill(folder).map_err(|source| OutputError::Io {
            path: PathBuf::new(),
            source,
        })
    });
    done.map_err(|error| error.to_string())
}

fn shade(folder: &Path) -> f32 {
    crate::npy::read_f32(&folder.join("map.npy")).unwrap()[[0, 0]]
}

#[test]
fn a_folder_is_swapped_and_what_others_put_there_stays() {
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("a/b/out");
    let output = Output::new(&out);
    result(&output, 1).unwrap();
    assert_eq!(names(&out), ["map.npy", "one.png", "record.json"]);
    fs::write(out.join("notes.txt"), "mine").unwrap();
    fs::create_dir_all(out.join("sub/deep")).unwrap();
    fs::write(out.join("sub/deep/file"), "mine too").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&out, fs::Permissions::from_mode(0o750)).unwrap();
        std::os::unix::fs::symlink("nowhere", out.join("broken link")).unwrap();
    }
    result(&output, 2).unwrap();
    assert_eq!(shade(&out), 2.0);
    assert_eq!(fs::read(out.join("notes.txt")).unwrap(), b"mine");
    assert_eq!(fs::read(out.join("sub/deep/file")).unwrap(), b"mine too");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        assert_eq!(fs::metadata(&out).unwrap().mode() & 0o777, 0o750);
        assert_eq!(fs::metadata(out.join("notes.txt")).unwrap().nlink(), 1);
        assert!(
            fs::symlink_metadata(out.join("broken link"))
                .unwrap()
                .is_symlink()
        );
        // A link to the folder stays one.
        std::os::unix::fs::symlink(&out, top.path().join("link")).unwrap();
        result(&Output::new(&top.path().join("link/")), 3).unwrap();
        assert!(
            fs::symlink_metadata(top.path().join("link"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(shade(&out), 3.0);
        // So does a link in it, and a file's other name.
        fs::rename(out.join("map.npy"), top.path().join("elsewhere.npy")).unwrap();
        std::os::unix::fs::symlink(top.path().join("elsewhere.npy"), out.join("map.npy")).unwrap();
        fs::hard_link(out.join("one.png"), top.path().join("two.png")).unwrap();
        result(&output, 4).unwrap();
        assert!(
            fs::symlink_metadata(out.join("map.npy"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(shade(&out), 4.0);
        assert_eq!(fs::metadata(out.join("one.png")).unwrap().nlink(), 2);
    }
    assert_eq!(names(&top.path().join("a/b")), ["out"]);
    assert!(names(&out).iter().all(|name| !name.starts_with('.')));
}

#[test]
fn a_folder_of_others_or_one_that_fails_stays_as_it_is() {
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("out");
    fs::create_dir(&out).unwrap();
    crate::npy::write(&out.join("map.npy"), ndarray::arr1(&[7.0f32]).view()).unwrap();
    let error = result(&Output::new(&out), 1).unwrap_err();
    assert!(
        error.contains("map.npy was not made by Saliscope"),
        "{error}"
    );
    assert_eq!(names(&out), ["map.npy"]);
    result(&Output::new(&out).overwriting(true), 2).unwrap();
    let input = out.join("one.png");
    let error = result(&Output::new(&out).reading([&input]).overwriting(true), 3).unwrap_err();
    assert!(error.contains("one.png is an input"), "{error}");
    let full: Result<(), OutputError> = Output::new(&out).write_folder(&NAMES, |folder| {
        fs::write(folder.join("map.npy"), "half").unwrap();
        Err(OutputError::Foreign(PathBuf::from("full")))
    });
    assert!(full.is_err());
    assert_eq!(shade(&out), 2.0);
    assert_eq!(names(top.path()), ["out"]);
    // Of the old result nothing stays that the new one lacks.
    let one: Result<(), OutputError> = Output::new(&out).write_folder(&NAMES, |folder| {
        fs::write(folder.join("record.json"), "{}").unwrap();
        Ok(())
    });
    one.unwrap();
    assert_eq!(names(&out), ["record.json"]);
    // A file is no folder.
    let error = result(&Output::new(&out.join("record.json")), 1).unwrap_err();
    assert!(error.contains("no folder"), "{error}");
}

#[test]
fn a_kill_at_any_step_of_a_swap_is_cleared_away() {
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("out");
    let output = Output::new(&out);
    result(&output, 1).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    fs::create_dir(out.join("sub")).unwrap();
    for swapped in [false, true] {
        let stage = super::folder::Stage::begin(&out, &NAMES).unwrap();
        fs::write(stage.path().join("map.npy"), "half").unwrap();
        let (new, area) = (
            stage.path().to_owned(),
            stage.path().parent().unwrap().to_owned(),
        );
        fs::hard_link(out.join("notes.txt"), new.join("notes.txt")).unwrap();
        if swapped {
            // As right after the swap: the old folder, with what is not ours, lies in the area.
            let (old, made) = (top.path().join("old"), &new);
            fs::rename(&out, &old).unwrap();
            fs::rename(made, &out).unwrap();
            fs::rename(&old, made).unwrap();
        }
        // The process is gone: nobody holds the lock and nothing clears up.
        std::mem::forget(stage);
        assert!(area.exists());
        super::folder::recover(&area).unwrap();
        assert_eq!(names(top.path()), ["out"]);
        assert!(out.join("sub").is_dir());
        assert_eq!(fs::read(out.join("notes.txt")).unwrap(), b"mine");
        assert_eq!(out.join("record.json").exists(), !swapped);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_mostly_somebodys_is_written_into_in_its_place() {
    use std::os::unix::fs::MetadataExt as _;
    let top = tempfile::tempdir().unwrap();
    let out = top.path().join("out");
    let output = Output::new(&out);
    result(&output, 1).unwrap();
    for number in 0..120 {
        fs::write(out.join(format!("photo {number}")), "x").unwrap();
    }
    let before = fs::metadata(&out).unwrap().ino();
    result(&output, 2).unwrap();
    assert_eq!(fs::metadata(&out).unwrap().ino(), before);
    assert_eq!((shade(&out), names(&out).len()), (2.0, 123));
}
