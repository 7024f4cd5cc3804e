//! Class names under the names, keys and forms that people and tools give them.

use super::tests::{NAMES, beside, folder, metadata_of, names};
use super::{Names, Scaling, metadata};

#[test]
fn what_stands_about_every_name_is_cut_off() {
    let quoted = "\"rust\",\n\"scab\",\n\"it's blight\"\n";
    for (file, text) in [
        ("l.txt", quoted),
        ("l.txt", "rust,\nscab,\nit's blight,\n"),
        ("l.txt", "rust, scab, it's blight\n"),
        (
            "l.txt",
            "# what grows in the field\nrust\nscab\nit's blight\n",
        ),
        ("l.txt", "rust\rscab\rit's blight\r"),
        ("l.txt", "rust 0\nscab 1\nit's blight 2\n"),
        ("l.txt", "scab\t2\nrust\t1\nit's blight\t3\n"),
        ("l.txt", "{0: 'rust', 1: 'scab', 2: \"it's blight\"}"),
        ("l.txt", "('rust', 'scab', \"it's blight\")"),
        ("l.yaml", "0: rust\n1: scab\n2: it's blight\n"),
        ("l.yml", "nc: 3\nnames: [rust, scab, it's blight]\n"),
        ("l.yaml", "names:\n  0: rust\n  1: scab\n  2: it's blight\n"),
        (
            "l.pbtxt",
            "item {\n  id: 1\n  name: 'rust'\n}\nitem {\n  id: 2\n  name: \"scab\"\n}\nitem {\n  id: 3\n  name: \"it's blight\"\n}\n",
        ),
        (
            "l.pbtxt",
            "item { id: 2, name: 'n1', display_name: \"it's blight\" }\nitem { id: 0, name: 'n2', display_name: \"rust\" }\nitem { id: 1, name: 'n3', display_name: \"scab\" }\n",
        ),
        ("l.csv", "Plant,Number\nscab,1\nrust,0\nit's blight,2\n"),
        ("l.csv", "label,name\n1,scab\n0,rust\n2,it's blight\n"),
        (
            "l.json",
            r#"{"classes": {"rust": {"index": 0}, "it's blight": {"index": 2}, "scab": {"index": 1}}}"#,
        ),
        (
            "label_schema.json",
            r#"{"label_groups": [{"label_ids": ["b", "a", "c"]}], "all_labels": {"a": {"name": "scab"}, "b": {"name": "rust"}, "c": {"name": "it's blight"}}}"#,
        ),
        (
            "model.yml",
            "_Attributes:\n  num_classes: 3\n  labels: [rust, scab, it's blight]\n",
        ),
    ] {
        assert_eq!(names(text.as_bytes(), file), NAMES, "{text}");
    }
}

#[test]
fn names_are_not_cut_where_only_a_number_tells_them_apart() {
    for text in ["Class 0\nClass 1\nClass 2\n", "grade 3\ngrade 1\nstage 2\n"] {
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(names(text.as_bytes(), "l.txt"), lines);
    }
    assert_eq!(names(b"#1 fan\n#2 fan\n", "l.txt"), ["#1 fan", "#2 fan"]);
    assert_eq!(names(b"a, b\nc\n", "l.txt"), ["a, b", "c"]);
    assert!(Names::read(b"item { id: 1 }", "l.pbtxt").is_err());
    assert!(Names::read(b"train: a\nval: b\n", "data.yaml").is_err());
}

#[test]
fn metadata_names_its_classes_under_many_keys() {
    let object = r#"{"0": "rust", "1": "scab", "2": "it's blight"}"#;
    let turned = r#"{"rust": 0, "scab": 1, "it's blight": 2}"#;
    let list = r#"["rust", "scab", "it's blight"]"#;
    let blob = format!(r#"{{"id2label": {object}, "version": 3}}"#);
    for (key, text) in [
        ("classNames", list),
        ("Class Names", list),
        ("CLASSES", list),
        ("target_names", list),
        ("class_list", list),
        ("idx_to_class", object),
        ("label_map", object),
        ("label_mapping", object),
        ("class_to_idx", turned),
        ("label2id", turned),
        ("config", blob.as_str()),
        ("labels", "rust; scab; it's blight"),
        ("labels", "rust|scab|it's blight"),
        ("labels", "rust\nscab\nit's blight"),
    ] {
        let found = metadata_of(&[(key, text)]);
        assert_eq!(found[0].labels.as_deref().unwrap(), NAMES, "{key} {text}");
    }
    for (key, text) in [
        ("label", list),
        ("description", list),
        ("config", r#"{"a": 0, "b": 1}"#),
        ("labels", "3"),
    ] {
        let found = metadata_of(&[(key, text)]);
        assert!(found.iter().all(|d| d.labels.is_none()), "{key} {text}");
    }
}

#[test]
fn metadata_says_size_and_normalisation_in_many_ways() {
    let half = Scaling::SIGNED;
    for pairs in [
        vec![
            ("input_size", "[3, 64, 96]"),
            ("mean", "[0.5, 0.5, 0.5]"),
            ("std", "0.5 0.5 0.5"),
        ],
        vec![
            ("image_size", "3x64x96"),
            ("mean", "127.5"),
            ("std", "127.5,127.5,127.5"),
        ],
        vec![
            ("imgsz", "(64, 96)"),
            ("image_mean", "0.5"),
            ("image_std", "0.5"),
        ],
        vec![(
            "preprocessing",
            r#"{"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "size": [64, 96]}"#,
        )],
    ] {
        let found = metadata_of(&pairs);
        assert_eq!(found[0].size, Some([64, 96]), "{pairs:?}");
        assert_eq!(found[0].scaling, Some(half), "{pairs:?}");
    }
    for text in ["0", "99999999", "12.5", "[1, 2, 3, 4, 5]", "12 MB", ""] {
        let sizes = metadata::sizes_in_metadata(&[("size".to_owned(), text.to_owned())]);
        assert!(sizes.is_empty(), "{text}: {sizes:?}");
    }
}

#[test]
fn files_of_names_are_found_whatever_they_are_called() {
    let lines = "rust\nscab\nit's blight\n";
    let yaml = "train: a\nnames: [rust, scab, it's blight]\n";
    let teachable =
        r#"{"tfjsVersion": "1", "labels": ["rust", "scab", "it's blight"], "imageSize": 224}"#;
    for (file, text) in [
        (
            "labels.tsv",
            "id\tlabel\n0\trust\n1\tscab\n2\tit's blight\n",
        ),
        ("plant_species.txt", lines),
        ("label_list.txt", lines),
        ("idx2label.json", r#"["rust", "scab", "it's blight"]"#),
        (
            "class_dict.csv",
            "name,r,g,b\nrust,1,2,3\nscab,1,2,3\nit's blight,0,0,0\n",
        ),
        ("data.yaml", yaml),
        ("metadata.json", teachable),
        (
            "model.yml",
            "Transforms: []\n_Attributes:\n  labels: [rust, scab, it's blight]\n",
        ),
    ] {
        let found = beside(&folder(&[(file, text)]), "net.onnx").labels(3).0;
        let found = found.unwrap_or_else(|| panic!("{file} is not found"));
        assert_eq!(
            (found.value.as_slice(), found.source.as_str()),
            (&NAMES.map(str::to_owned)[..], file)
        );
    }
    // What is another network's, or no list of names, is none of this one.
    let other = folder(&[
        ("other_labels.txt", lines),
        ("other.onnx", ""),
        ("net.onnx", ""),
    ]);
    assert_eq!(beside(&other, "net.onnx").labels(3).0, None);
    assert!(beside(&other, "other.onnx").labels(3).0.is_some());
    let counts = folder(&[(
        "metadata.json",
        r#"{"version": 0, "width": 1, "height": 2}"#,
    )]);
    assert_eq!(beside(&counts, "net.onnx").labels(3).0, None);
}

#[test]
fn the_hubs_newer_files_are_read_too() {
    let processor = r#"{"image_processor": {"do_normalize": true, "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5], "size": {"height": 96, "width": 64}}, "processor_class": "x"}"#;
    let hub = folder(&[
        (
            "config.json",
            r#"{"label2id": {"rust": 0, "scab": 1, "it's blight": 2}}"#,
        ),
        ("processor_config.json", processor),
    ]);
    let told = beside(&hub, "model.onnx");
    assert_eq!(told.labels(3).0.unwrap().value, NAMES);
    assert_eq!(told.first(|d| d.size).unwrap().value, [96, 64]);
    assert_eq!(told.first(|d| d.scaling).unwrap().value, Scaling::SIGNED);
}
