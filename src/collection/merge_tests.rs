use super::super::testing::{FakeNetwork, exported, run};
use super::super::{Bits, Likeness, LikenessOf, Shard, Source, Status, Unwatched, verify};
use super::*;

const SEED: u64 = 6;

/// Indexes of `of` parts of 150 pictures, each asked about by `network`.
fn parts(top: &Path, of: u32, network: &FakeNetwork) -> Vec<PathBuf> {
    let all = top.join(format!("parts-{of}"));
    (0..of)
        .map(|number| {
            let source = Source::Demo {
                count: 150,
                seed: SEED,
            };
            let mut listing = source.list().unwrap();
            listing.keep_shard(number, of);
            let folder = Shard { number, of }.folder(&all);
            run(&folder, &listing, &[network], &Unwatched).unwrap();
            folder
        })
        .collect()
}

#[test]
fn parts_merged_in_any_order_are_the_whole() {
    let top = tempfile::tempdir().unwrap();
    let network = FakeNetwork::new("a", SEED);
    let want = exported(&parts(top.path(), 1, &network)[0], "csv");
    for of in [1, 3, 16] {
        let mut shards = parts(top.path(), of, &network);
        for round in 0..2 {
            let into = top.path().join(format!("into-{of}-{round}"));
            let merged = merge(&into, &shards).unwrap();
            assert_eq!((merged.parts, merged.rows), (of as usize, 150));
            assert_eq!((merged.different, merged.damaged), (0, 0));
            assert!(exported(&into, "csv") == want, "{of} parts, round {round}");
            let again = merge(&into, &shards).unwrap();
            assert_eq!((again.rows, again.facts), (0, 0));
            assert!(exported(&into, "csv") == want);
            assert!(
                verify(&Index::read(&into).unwrap(), 0.0)
                    .unwrap()
                    .is_whole()
            );
            shards.reverse();
            shards.swap(0, of as usize / 2);
        }
    }
    // An index of the whole goes on where a merged one ends: nothing is missing.
    let listing = Source::Demo {
        count: 150,
        seed: SEED,
    };
    let into = top.path().join("into-16-0");
    let rest = run(&into, &listing.list().unwrap(), &[&network], &Unwatched).unwrap();
    assert_eq!(rest.read, 0);
}

#[test]
fn what_two_parts_tell_differently_is_told_and_the_order_does_not_matter() {
    let top = tempfile::tempdir().unwrap();
    let one = FakeNetwork::new("a", SEED);
    // The same network by its key, of another opinion.
    let other = FakeNetwork::new("a", SEED + 1);
    let mut shards = Vec::new();
    for (name, network) in [("x", &one), ("y", &other)] {
        let listing = Source::Demo {
            count: 40,
            seed: SEED,
        };
        let folder = top.path().join(name);
        run(&folder, &listing.list().unwrap(), &[network], &Unwatched).unwrap();
        shards.push(folder);
    }
    let mut tables = Vec::new();
    for round in 0..2 {
        let into = top.path().join(format!("into-{round}"));
        let merged = merge(&into, &shards).unwrap();
        assert!(
            merged.different > 10 && !merged.told.is_empty(),
            "{merged:?}"
        );
        tables.push(exported(&into, "csv"));
        let status = Status::of(&Index::read(&into).unwrap());
        assert_eq!((status.pictures, status.models["a"]), (40, 40));
        shards.reverse();
    }
    assert!(tables[0] == tables[1]);
    assert!(merge(&shards[0], &shards).is_err());
    assert!(merge(&top.path().join("z"), &[top.path().join("none")]).is_err());
}

/// Makes an index one as schema 1 had them, which said nothing of the form of its embeddings.
fn as_schema_1(folder: &Path) {
    let path = folder.join("index.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["schema"] = 1.into();
    for model in manifest["models"].as_array_mut().unwrap() {
        let said = model.as_object_mut().unwrap().remove("embeddings");
        assert_eq!(said, Some("half".into()));
    }
    std::fs::write(&path, manifest.to_string()).unwrap();
}

/// The contents that are most like picture 5, by what the network knows of them.
fn alike(folder: &Path) -> Vec<Key> {
    let index = Index::read(folder).unwrap();
    let likeness = Likeness::of(&index, LikenessOf::Embedding(0)).unwrap();
    let row = index
        .rows()
        .find(|row| row.name().ends_with("/0000005.jpg"));
    let own = index.content(row.unwrap().content().unwrap()).unwrap();
    let all = Bits::all(index.contents().len());
    let found = likeness.most_alike(&index, own, &all, 2).unwrap();
    let key = |alike: &crate::collection::arrange::Alike| index.contents()[alike.at as usize];
    let mut keys: Vec<Key> = found.iter().map(key).collect();
    keys.sort();
    keys
}

#[test]
fn an_index_of_an_older_program_is_read_goes_on_and_becomes_part_of_a_new_one() {
    let top = tempfile::tempdir().unwrap();
    let listing = |count| Source::Demo { count, seed: SEED }.list().unwrap();
    let (old, new) = (top.path().join("old"), top.path().join("new"));
    let networks = (
        FakeNetwork::of_schema_1("a", SEED),
        FakeNetwork::new("a", SEED),
    );
    run(&old, &listing(100), &[&networks.0], &Unwatched).unwrap();
    run(&new, &listing(300), &[&networks.1], &Unwatched).unwrap();
    as_schema_1(&old);
    assert_eq!(Index::read(&old).unwrap().manifest.schema, 1);
    assert!(alike(&old).len() == 2);
    // It goes on in its own form: nothing is asked twice.
    let rest = run(&old, &listing(300), &[&networks.1], &Unwatched).unwrap();
    assert_eq!(rest.read, 200);
    let manifest = Index::read(&old).unwrap().manifest;
    assert_eq!(
        (manifest.schema, manifest.models[0].embeddings),
        (2, EmbeddingForm::Half)
    );
    assert!(exported(&old, "csv") == exported(&new, "csv"));
    // A merged one is as this program makes it.
    let into = top.path().join("into");
    let merged = merge(&into, &[old.clone(), new.clone()]).unwrap();
    assert_eq!((merged.different, merged.damaged), (0, 0));
    let manifest = Index::read(&into).unwrap().manifest;
    assert_eq!(manifest.models[0].embeddings, EmbeddingForm::Byte);
    // 102 and 296, of which it knows the same, whatever form that has.
    assert_eq!(alike(&old), alike(&new));
    assert_eq!(alike(&into), alike(&new));
    let size = |index: &Path| {
        let index = Index::read(index).unwrap();
        let part = index
            .part(super::super::parts::What::Embeddings(0))
            .unwrap();
        std::fs::metadata(index.folder().join(&part.name))
            .unwrap()
            .len()
    };
    // Four numbers are two bytes each, or one with eight of the block.
    assert_eq!(size(&old) - HEADER, 294 * (16 + 8 + 8));
    assert_eq!(size(&into) - HEADER, 294 * (16 + 12 + 8));
    assert!(
        verify(&Index::read(&into).unwrap(), 0.0)
            .unwrap()
            .is_whole()
    );
}
