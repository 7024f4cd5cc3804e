//! Files of class names beside a network, under the names that tools and people give them.

use super::Description;
use super::beside::Folder;
use super::label_text::Names;

/// Names of files that hold class names, the surest first.
const USUAL: &[&str] = &[
    "labels.txt",
    "label.txt",
    "classes.txt",
    "class_names.txt",
    "classnames.txt",
    "names.txt",
    "categories.txt",
    "class.txt",
    "class_name.txt",
    "class_labels.txt",
    "vocab.txt",
    "synset.txt",
    "synset_words.txt",
    "words.txt",
    "labels.json",
    "label.json",
    "classes.json",
    "class_names.json",
    "id2label.json",
    "label_map.json",
    "labelmap.json",
    "label_mapping.json",
    "index_to_name.json",
    "class_indices.json",
    "classmap.json",
    "selected_tags.csv",
    "labels.csv",
    "classes.csv",
    "class_names.csv",
    "labels.names",
    "categories.json",
    "class_labels.json",
    "class_names.names",
    "obj.names",
    "imagenet_classes.txt",
    "imagenet_labels.txt",
    "ImageNetLabels.txt",
    "imagenet_class_index.json",
    "imagenet-simple-labels.json",
];

/// What else a file of class names has in its name.
const WORDS: [&str; 10] = [
    "label", "class", "categor", "species", "vocab", "synset", "tags", "names", "idx", "dict",
];
/// Files that hold class names among other things.
const DESCRIPTIONS: [&str; 7] = [
    "data.yaml",
    "data.yml",
    "dataset.yaml",
    "dataset.yml",
    "metadata.yaml",
    "metadata.json",
    "model.json",
];

/// What the files of class names say: first those named as the network, last those whose names only
/// speak of classes.
pub(super) fn read(folder: &Folder, stem: &str) -> Vec<Description> {
    let ends = [
        ".txt",
        ".labels.txt",
        "_labels.txt",
        "-labels.txt",
        "_classes.txt",
        ".names",
        ".labels",
        ".json",
        "_labels.json",
        "-labels.json",
        ".csv",
        "_labels.csv",
        "_labelmap.txt",
    ];
    let own = ends.iter().map(|end| format!("{stem}{end}"));
    let usual = USUAL.iter().map(|name| (*name).to_owned());
    let known: Vec<String> = own.chain(usual).collect();
    let is_known = |name: &String| known.iter().any(|k| k.eq_ignore_ascii_case(name));
    let others: Vec<String> = folder
        .names()
        .filter(|name| !is_known(name) && !folder.belongs_to_another(name, stem))
        .collect();
    let speaks = |name: &&String| {
        let name = name.to_lowercase();
        !super::hub::is_hub(&name) && WORDS.iter().any(|word| name.contains(word))
    };
    let read = |name: &String| Names::read(&folder.bytes(name)?, name).ok();
    let files = known.iter().chain(others.iter().filter(speaks));
    let files = files.filter_map(|name| Some((name, read(name)?)));
    let described = DESCRIPTIONS.iter().filter_map(|name| {
        let name = others.iter().find(|n| n.eq_ignore_ascii_case(name))?;
        Some((name, Names::of_description(&folder.value(name)?)?))
    });
    files
        .chain(described)
        .map(|(name, found)| Description {
            labels: Some(found.names),
            notes: found.notes,
            ..Description::of(name)
        })
        .collect()
}
