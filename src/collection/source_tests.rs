use std::os::unix::ffi::OsStrExt as _;

use super::*;

fn names(listing: &Listing) -> Vec<String> {
    let name = |entry: &Entry| String::from_utf8_lossy(&entry.path).into_owned();
    listing.entries.iter().map(name).collect()
}

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(7);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_folder_is_listed_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in [
        "b/c/2.JPG",
        "a.png",
        "b/._x.jpg",
        ".hid/1.jpg",
        "__MACOSX/1.jpg",
        "b/notes.txt",
    ] {
        write(root, name, b"xyz");
    }
    write(root, "x/odd.jpg/inner.png", b"x");
    let listing = Source::open(root).unwrap().list().unwrap();
    assert_eq!(
        names(&listing),
        ["a.png", "b/c/2.JPG", "x/odd.jpg/inner.png"]
    );
    assert_eq!(listing.entries[1].size, 3);
    assert!(listing.entries[1].modified > 0);
    assert_eq!(listing.read(&listing.entries[1]).unwrap(), b"xyz");
    std::fs::remove_file(root.join("a.png")).unwrap();
    assert!(
        listing
            .read(&listing.entries[0])
            .unwrap_err()
            .contains("could not be read")
    );
}

/// What `picture::list` says of a folder, whatever is in it, is what a collection of it holds.
#[test]
fn a_folder_holds_what_it_holds_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in [
        "img10.png",
        "img2.png",
        "IMG1.png",
        "sub/b.JPG",
        "sub/._b.jpg",
        "notes.txt",
    ] {
        write(root, name, b"x");
    }
    write(root, "bare", b"\xFF\xD8\xFF\xE0");
    write(root, "README", b"hello");
    let listing = Source::open(root).unwrap().list().unwrap();
    let want = ["bare", "IMG1.png", "img2.png", "img10.png", "sub/b.JPG"];
    assert_eq!(names(&listing), want);
    let found = picture::list(root, true).unwrap().pictures;
    let relative = |path: &PathBuf| {
        path.strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        names(&listing),
        found.iter().map(relative).collect::<Vec<_>>()
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_end() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a/1.jpg", b"x");
    symlink(root, root.join("a/loop")).unwrap();
    symlink(root.join("a/1.jpg"), root.join("two.jpg")).unwrap();
    symlink(root.join("none"), root.join("dead.jpg")).unwrap();
    let listing = Source::open(root).unwrap().list().unwrap();
    assert_eq!(names(&listing), ["a/1.jpg", "dead.jpg", "two.jpg"]);
    assert!(listing.read(&listing.entries[1]).is_err());
    assert_eq!(listing.read(&listing.entries[2]).unwrap(), b"x");
    // A name that is no text is a name.
    std::fs::write(root.join(std::ffi::OsStr::from_bytes(b"\xff.png")), b"y").unwrap();
    let listing = Source::open(root).unwrap().list().unwrap();
    let last = listing.entries.last().unwrap();
    assert_eq!(
        (&*last.path, listing.read(last)),
        (&b"\xff.png"[..], Ok(b"y".to_vec()))
    );
}

#[test]
fn an_archive_has_pictures_and_labels() {
    let folder = tempfile::tempdir().unwrap();
    let members: [(&str, &[u8]); 7] = [
        ("000.jpg", b"first"),
        ("000.cls", b"281\n"),
        ("./sub/001.png", b"second"),
        ("sub/001.txt", b"a cat"),
        ("002.json", b"{}"),
        ("._x.jpg", b"no"),
        ("__MACOSX/y.jpg", b"no"),
    ];
    let bytes = archive(&members);
    std::fs::write(folder.path().join("d.tar"), &bytes).unwrap();
    let alone = Source::open(&folder.path().join("d.tar"))
        .unwrap()
        .list()
        .unwrap();
    assert_eq!(names(&alone), ["000.jpg", "sub/001.png"]);
    let labels: Vec<_> = alone.entries.iter().map(|e| e.label.as_deref()).collect();
    assert_eq!(labels, [Some("281"), Some("a cat")]);
    assert_eq!(alone.read(&alone.entries[1]).unwrap(), b"second");
    assert_eq!(alone.entries[0].modified, 7_000_000_000);
    let within = Source::open(folder.path()).unwrap().list().unwrap();
    assert_eq!(names(&within), ["d.tar/000.jpg", "d.tar/sub/001.png"]);
    // Cut short, what is left of it is there, and a row says so.
    std::fs::write(folder.path().join("d.tar"), &bytes[..2000]).unwrap();
    let cut = Source::open(folder.path()).unwrap().list().unwrap();
    assert_eq!(names(&cut), ["d.tar", "d.tar/000.jpg"]);
    assert!(cut.read(&cut.entries[0]).unwrap_err().contains("cut short"));
}

#[test]
fn a_list_names_files_folders_and_archives() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "p/1.jpg", b"x");
    write(root, "q/r/2.jpg", b"x");
    write(root, "d.tar", &archive(&[("3.jpg", b"three")]));
    write(
        root,
        "list.txt",
        "\u{feff}p/1.jpg\r\n\nq\nd.tar\nmissing.jpg\np/1.jpg\n".as_bytes(),
    );
    let listing = Source::open(&root.join("list.txt"))
        .unwrap()
        .list()
        .unwrap();
    assert_eq!(
        names(&listing),
        ["d.tar/3.jpg", "missing.jpg", "p/1.jpg", "q/r/2.jpg"]
    );
    assert_eq!(listing.read(&listing.entries[0]).unwrap(), b"three");
    assert!(listing.read(&listing.entries[1]).is_err());
    write(root, "list.txt", b"\x00\x01");
    let error = Source::open(&root.join("list.txt"))
        .unwrap()
        .list()
        .unwrap_err();
    assert!(error.to_string().contains("list of files"), "{error}");
    assert!(Source::open(&root.join("none")).is_err());
}

#[test]
fn shards_part_the_files_whatever_else_there_is() {
    let all = Source::Demo {
        count: 1000,
        seed: 1,
    }
    .list()
    .unwrap();
    let mut together = Vec::new();
    for k in 0..16 {
        let mut part = Source::Demo {
            count: 1000,
            seed: 1,
        }
        .list()
        .unwrap();
        part.keep_shard(k, 16);
        assert!(
            (30..100).contains(&part.entries.len()),
            "{}",
            part.entries.len()
        );
        together.extend(names(&part));
    }
    together.sort();
    assert_eq!(together, names(&all));
}
