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

/// What the files of class names say: first those named as the network.
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
    own.chain(usual)
        .filter_map(|name| {
            let bytes = folder.bytes(&name)?;
            let found = Names::read(&bytes, &name).ok()?;
            Some(Description {
                labels: Some(found.names),
                notes: found.notes,
                ..Description::of(&name)
            })
        })
        .collect()
}
