use super::super::testing::{FakeNetwork, exported, run};
use super::super::{Shard, Source, Status, Unwatched, verify};
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
