use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;

const FIXED: Kind = Kind {
    name: "fixed",
    payload: Some(5),
};
const FREE: Kind = Kind {
    name: "free",
    payload: None,
};

fn payload(kind: Kind, n: u32) -> Vec<u8> {
    let size = kind.payload.unwrap_or(n as usize % 40);
    (0..size).map(|i| (n as usize * 31 + i) as u8).collect()
}

fn key(n: u32) -> Key {
    Key::of_path(&n.to_le_bytes())
}

/// Opens the pack, appends what is missing of `count` records, and gives its bytes.
fn finish(path: &Path, kind: Kind, mark: u64, count: u32) -> (Vec<u8>, Scan) {
    let mut known = Vec::new();
    let (mut pack, found) =
        Pack::open(path, kind, 0, mark, &mut |record| known.push(record.key)).unwrap();
    for n in (0..count).filter(|n| !known.contains(&key(*n))) {
        pack.append(key(n), &payload(kind, n));
    }
    pack.write().unwrap();
    (std::fs::read(path).unwrap(), found)
}

#[test]
fn cut_anywhere_a_pack_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FIXED, FREE] {
        let (whole, _) = finish(&folder.path().join("whole"), kind, 0, 60);
        std::fs::remove_file(folder.path().join("whole")).unwrap();
        let mut random = StdRng::seed_from_u64(3);
        let cuts = (0..200).map(|_| random.random_range(0..=whole.len()));
        for cut in (0..80).chain(cuts).chain([whole.len()]) {
            let path = folder.path().join("cut");
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (again, found) = finish(&path, kind, 0, 60);
            assert!(again == whole, "{} cut at {cut}", kind.name);
            assert_eq!(found.damaged, 0);
        }
    }
}

#[test]
fn damage_before_the_mark_costs_the_records_it_hits_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FIXED, FREE] {
        let path = folder.path().join(kind.name);
        let (whole, _) = finish(&path, kind, 0, 60);
        let mut random = StdRng::seed_from_u64(5);
        for _ in 0..300 {
            let at = random.random_range(HEADER as usize..whole.len());
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << random.random_range(0..8u8);
            std::fs::write(&path, &bytes).unwrap();
            let file = open(&path, kind).unwrap().unwrap();
            let mut seen = 0;
            let found = scan(&file, kind, 0, whole.len() as u64, &mut |record| {
                let n = (0..60).find(|n| key(*n) == record.key).unwrap();
                assert_eq!(record.payload, payload(kind, n));
                seen += 1;
            })
            .unwrap();
            assert_eq!((seen, found.damaged), (59, 1), "{} at {at}", kind.name);
            // Behind the mark it is where a run was killed.
            let found = scan(&file, kind, 0, 0, &mut |_| {}).unwrap();
            assert!(found.end <= at as u64 && found.damaged == 0);
            // Opened for writing it is told once more, made good, and all others stay.
            drop(file);
            let mark = whole.len() as u64;
            let (again, told) = finish(&path, kind, mark, 60);
            assert_eq!((told.records, told.damaged), (59, 1));
            let (last, told) = finish(&path, kind, mark, 60);
            assert_eq!(
                (told.records, told.damaged),
                (60, 0),
                "{} at {at}",
                kind.name
            );
            assert!(last == again);
        }
    }
}

#[test]
fn a_file_that_lost_its_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let (whole, _) = finish(&path, FIXED, 0, 9);
    let one = FIXED.record(5);
    std::fs::write(&path, &whole[..whole.len() - one]).unwrap();
    let (_, found) = finish(&path, FIXED, whole.len() as u64, 9);
    assert_eq!((found.records, found.damaged), (8, 1));
}

#[test]
fn records_are_read_from_their_places() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FIXED, FREE] {
        let path = folder.path().join(kind.name);
        let (mut pack, _) = Pack::open(&path, kind, 0, 0, &mut |_| {}).unwrap();
        let places: Vec<u64> = (0..9)
            .map(|n| pack.append(key(n), &payload(kind, n)))
            .collect();
        pack.write().unwrap();
        assert_eq!(pack.sync().unwrap(), pack.len());
        let mut file = open(&path, kind).unwrap().unwrap();
        for (n, &place) in places.iter().enumerate() {
            let want = payload(kind, n as u32);
            let (found, bytes) = read_at(&mut file, kind, place, want.len()).unwrap();
            assert_eq!((found, bytes), (key(n as u32), want));
        }
        assert!(read_at(&mut file, kind, places[1] + 1, payload(kind, 1).len()).is_err());
        assert!(read_at(&mut file, kind, places[8], 1 << 30).is_err());
    }
}

#[test]
fn another_pack_is_refused_and_what_is_no_pack_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    finish(&path, FIXED, 0, 3);
    assert!(open(&path, FREE).is_err());
    let other = Kind {
        payload: Some(6),
        ..FIXED
    };
    assert!(Pack::open(&path, other, 0, 0, &mut |_| {}).is_err());
    std::fs::write(&path, [7; 100]).unwrap();
    let error = open(&path, FIXED).unwrap_err().to_string();
    assert!(error.contains("delete this file"), "{error}");
    assert!(open(&folder.path().join("none"), FIXED).unwrap().is_none());
}
