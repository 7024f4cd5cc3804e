use super::*;
use image::RgbImage;

fn place(folder: &Path) -> OwnPictures {
    OwnPictures::of(&Home {
        root: folder.to_owned(),
        data: folder.join("data"),
        cache: folder.join("cache"),
    })
}

fn picture(side: u32) -> Arc<Picture> {
    let pixels = RgbImage::from_pixel(side, 3, image::Rgb([side as u8, 2, 3]));
    Arc::new(Picture::from_pixels("pasted picture", pixels))
}

fn pasting(place: &OwnPictures, side: u32) -> Changes {
    let picture = picture(side);
    let own = Own {
        name: format!("p{side}"),
        file: place.pasted_path(&picture.sha256),
        pasted: true,
    };
    Changes {
        added: vec![(own, Some(picture))],
        removed: Vec::new(),
    }
}

fn opening(name: &str) -> Changes {
    let own = Own {
        name: name.to_owned(),
        file: PathBuf::from(format!("/pictures/{name}.jpg")),
        pasted: false,
    };
    Changes {
        added: vec![(own, None)],
        removed: Vec::new(),
    }
}

fn names(place: &OwnPictures) -> Vec<String> {
    place.read().0.into_iter().map(|own| own.name).collect()
}

/// The first of two windows had its pasted picture deleted by the second one's.
#[test]
fn two_windows_keep_each_others_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    let (one, two) = (pasting(&place, 1), pasting(&place, 2));
    place.change(&one).unwrap();
    place.change(&two).unwrap();
    place.change(&opening("dog")).unwrap();
    assert_eq!(names(&place), ["p1", "p2", "dog"]);
    assert!(place.read().0.iter().take(2).all(|own| own.file.is_file()));
    // The second takes its own out again, and one that is not there.
    let removed = vec![two.added[0].0.file.clone(), PathBuf::from("/none.png")];
    let changes = Changes {
        removed: removed.clone(),
        ..Changes::default()
    };
    place.change(&changes).unwrap();
    assert_eq!(names(&place), ["p1", "dog"]);
    assert!(!removed[0].exists(), "our copy goes with it");
    assert!(one.added[0].0.file.is_file());
}

#[test]
fn a_damaged_list_costs_its_damaged_entry_and_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    for side in 1..=3 {
        place.change(&pasting(&place, side)).unwrap();
    }
    place.change(&opening("dog")).unwrap();
    let whole = std::fs::read_to_string(&place.list).unwrap();
    let copies = place.copies();
    let damages: [(&str, Vec<u8>); 5] = [
        ("a header", [whole.as_bytes(), b"[[picture"].concat()),
        ("no text", [whole.as_bytes(), b"\xff\xfe"].concat()),
        (
            "a name",
            whole.replacen("name = \"p2\"", "name = 2", 1).into_bytes(),
        ),
        ("no list", b"picture = 3\n".to_vec()),
        ("cut", whole.as_bytes()[..whole.len() / 2].to_vec()),
    ];
    for (number, (what, bytes)) in damages.iter().enumerate() {
        std::fs::write(&place.list, bytes).unwrap();
        let (own, trouble) = place.read();
        assert!(trouble.is_some(), "{what}");
        let pasted = own.iter().filter(|own| own.pasted).count();
        assert_eq!(pasted, 3 + number, "{what}");
        let side = 10 + number as u32;
        let told = place.change(&pasting(&place, side)).unwrap();
        assert!(told[0].contains("pictures.damaged"), "{what}: {told:?}");
        let aside = told[0]
            .split("kept as ")
            .nth(1)
            .unwrap()
            .trim_end_matches('.');
        assert_eq!(&std::fs::read(aside).unwrap(), bytes, "{what}");
        let pasted = place.read().0.into_iter().filter(|own| own.pasted);
        assert_eq!(pasted.count(), 4 + number, "{what}");
        assert!(copies.iter().all(|copy| copy.is_file()), "{what}");
        std::fs::write(&place.list, &whole).unwrap();
    }
}

#[test]
fn what_a_newer_version_or_a_person_wrote_stays() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    std::fs::create_dir_all(place.list.parent().unwrap()).unwrap();
    let text = "# my pictures\nsorted = true\n\n[[picture]]\nname = \"cat\" # dear\nfile = \"/cat.jpg\"\nstars = 5\n\n[[picture]]\naddress = \"https://a.b/c.png\"\n\n[later]\nx = 1\n";
    std::fs::write(&place.list, text).unwrap();
    place.change(&opening("dog")).unwrap();
    let after = std::fs::read_to_string(&place.list).unwrap();
    for line in text.lines() {
        assert!(after.contains(line), "{line} is missing in {after}");
    }
    assert_eq!(names(&place), ["cat", "dog"]);
}

#[test]
fn files_are_bounded_and_pasted_pictures_refused_rather_than_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = place(folder.path());
    place.change(&pasting(&place, 1)).unwrap();
    for number in 0..MOST_FILES + 5 {
        place.change(&opening(&number.to_string())).unwrap();
    }
    let kept = names(&place);
    assert_eq!(kept.len(), 1 + MOST_FILES);
    assert_eq!(kept[..2], ["p1", "5"]);
    // No room.
    place.max_pasted_bytes = 10;
    let told = place.change(&pasting(&place, 2)).unwrap();
    assert!(told[0].contains("not remembered"), "{told:?}");
    assert_eq!(names(&place).len(), 1 + MOST_FILES);
    assert!(place.copies().len() == 1);
}

#[test]
fn a_list_leads_nowhere_else_and_strange_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path());
    std::fs::create_dir_all(&place.folder).unwrap();
    let text = "[[picture]]\nname = \"x\"\nfile = \"../../x.png\"\npasted = true\n";
    std::fs::write(&place.list, text).unwrap();
    assert_eq!(place.read().0[0].file, place.folder.join("x.png"));
    let other = place.folder.join("holiday.png");
    std::fs::write(&other, "mine").unwrap();
    let changes = Changes {
        removed: vec![place.folder.join("x.png"), other.clone()],
        ..Changes::default()
    };
    place.change(&changes).unwrap();
    assert!(names(&place).is_empty());
    assert!(other.is_file());
    // A list that cannot be read at all is not written over.
    std::fs::remove_file(&place.list).unwrap();
    std::fs::create_dir(&place.list).unwrap();
    let error = place.change(&pasting(&place, 1)).unwrap_err().to_string();
    assert!(
        error.contains("pictures.toml") && error.contains("move it away"),
        "{error}"
    );
    assert!(place.read().1.is_some());
}
