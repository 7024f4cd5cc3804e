use super::super::State;
use super::*;

fn matcher(names: &[&str]) -> ClassMatcher {
    ClassMatcher::new(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
}

fn row(path: &str, label: Option<&str>) -> Row {
    Row {
        path: path.as_bytes().into(),
        size: 0,
        modified: 0,
        label: label.map(Into::into),
        state: State::Listed,
    }
}

#[test]
fn names_are_found_as_people_write_them() {
    let m = matcher(&[
        "tabby, tabby cat",
        "Egyptian cat",
        "crane",
        "crane",
        "hook, claw",
        "sea-lion",
    ]);
    let found = |text| {
        let meant = m.find(text);
        (meant.class, meant.how)
    };
    assert_eq!(found("tabby_cat"), (Some(0), How::Name));
    assert_eq!(found("TABBY"), (Some(0), How::Name));
    assert_eq!(found("2"), (Some(2), How::Number));
    assert_eq!(found("class_4"), (Some(4), How::Number));
    assert_eq!(found("4-claw"), (Some(4), How::Number));
    assert_eq!(found("4-photos"), (None, How::None));
    assert_eq!(found("9"), (None, How::None));
    assert_eq!(found("sealions"), (Some(5), How::Near));
    assert_eq!(found("egyptian"), (Some(1), How::Near));
    assert_eq!(found("Egyptain cat"), (Some(1), How::Near));
    assert_eq!(found("my egyptian cat pictures"), (Some(1), How::Near));
    assert_eq!(found("crane"), (None, How::Several));
    assert_eq!(found("cat"), (None, How::Several));
    assert_eq!(found("holiday"), (None, How::None));
    assert_eq!(found(""), (None, How::None));
}

#[test]
fn wordnet_ids_are_those_of_imagenet() {
    let names: Vec<String> = (0..1000).map(|i| format!("name {i} x")).collect();
    let m = ClassMatcher::new(&names);
    for (text, class) in [
        ("n01440764", 0),
        ("n02123045-tabby", 281),
        ("n15075141", 999),
    ] {
        let want = Meant {
            class: Some(class),
            how: How::Synset,
        };
        assert_eq!(m.find(text), want, "{text}");
    }
    let more: Vec<String> = (0..1001).map(|i| format!("name {i} x")).collect();
    assert_eq!(ClassMatcher::new(&more).find("n02123045").class, Some(282));
    assert_eq!(matcher(&["a", "b"]).find("n02123045").class, None);
}

#[test]
fn the_innermost_folder_that_means_a_class_is_the_label() {
    let names = ["cat", "dog"].map(str::to_owned);
    let given = GivenLabels::default();
    let mut labeller = Labeller::new(&names, &given);
    let mut of = |row: Row| {
        let truth = labeller.truth(&row);
        (truth.label, truth.meant.class)
    };
    assert_eq!(
        of(row("dog/cats/1.jpg", None)),
        (Some("cats".into()), Some(0))
    );
    assert_eq!(
        of(row("dog/monday/1.jpg", None)),
        (Some("dog".into()), Some(1))
    );
    assert_eq!(
        of(row("x/monday/1.jpg", None)),
        (Some("monday".into()), None)
    );
    assert_eq!(of(row("cat/1.jpg", Some("1"))), (Some("1".into()), Some(1)));
    assert_eq!(of(row("1.jpg", None)), (None, None));
}

#[test]
fn a_table_corrects_files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.csv");
    let text = "\u{feff}Label,Path\r\ncat,a/1.jpg\r\n\"dog\",a\r\ncat,7.jpg\r\n";
    std::fs::write(&path, text).unwrap();
    let given = GivenLabels::read(&path).unwrap();
    let names = ["cat", "dog"].map(str::to_owned);
    let mut labeller = Labeller::new(&names, &given);
    let mut of = |path| labeller.truth(&row(path, None)).meant.class;
    assert_eq!(of("a/1.jpg"), Some(0));
    assert_eq!(of("a/2.jpg"), Some(1));
    assert_eq!(of("a/7.jpg"), Some(0));
    assert_eq!(of("cat/2.jpg"), Some(0));
    std::fs::write(&path, "one;two\n").unwrap();
    let error = GivenLabels::read(&path).unwrap_err().to_string();
    assert!(error.contains("path and label"), "{error}");
}
