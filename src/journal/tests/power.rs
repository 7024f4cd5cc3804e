//! Power cuts without power: a disk that may lose, at any write, the file's new name, any part of its
//! new bytes, and their order.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::super::disk::Disk;
use super::*;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    writes: Vec<(String, u64, Vec<u8>)>,
    /// Free bytes.
    room: Option<u64>,
}

impl Disk for Memory {
    fn path(&self) -> &Path {
        Path::new("memory")
    }

    fn hold(&self) -> io::Result<Box<dyn Any>> {
        Ok(Box::new(()))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().files.keys().cloned().collect())
    }

    fn open(&self, name: &str, from: u64) -> io::Result<(Box<dyn Read>, u64)> {
        let state = self.0.lock().unwrap();
        let bytes = state.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let rest = bytes.get(from as usize..).unwrap_or_default().to_vec();
        Ok((Box::new(Cursor::new(rest)), bytes.len() as u64))
    }

    fn extend(&mut self, name: &str, length: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.room.is_some_and(|room| room < bytes.len() as u64) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = state.files.entry(name.to_owned()).or_default();
        file.truncate(length as usize);
        file.extend_from_slice(bytes);
        state.writes.push((name.to_owned(), length, bytes.to_vec()));
        Ok(())
    }

    fn room(&self) -> Option<u64> {
        self.0.lock().unwrap().room
    }
}

/// What may be left of `before` when the power goes while `bytes` are written after `length`.
fn torn(
    before: Option<&Vec<u8>>,
    length: usize,
    bytes: &[u8],
    rng: &mut StdRng,
) -> Option<Vec<u8>> {
    let old = before.cloned().unwrap_or_default();
    if before.is_none() && rng.random_range(0..4) == 0 {
        return None;
    }
    let mut new = old.clone();
    new.truncate(length);
    new.extend_from_slice(bytes);
    match rng.random_range(0..3) {
        // Not even cut.
        0 if rng.random_range(0..4) == 0 => Some(old),
        // Any prefix.
        0 | 1 => {
            new.truncate(rng.random_range(length..=new.len()));
            Some(new)
        }
        // Any sectors: those that were not written have what was there, or nothing.
        _ => {
            let size = if rng.random() {
                new.len()
            } else {
                rng.random_range(length..=new.len())
            };
            let mut mixed = new.clone();
            for start in (length / SECTOR * SECTOR..new.len()).step_by(SECTOR) {
                if rng.random() {
                    let end = (start + SECTOR).min(new.len());
                    let first = start.max(length);
                    for (at, byte) in (first..).zip(&mut mixed[first..end]) {
                        *byte = old.get(at).copied().unwrap_or(0);
                    }
                }
            }
            mixed.truncate(size);
            Some(mixed)
        }
    }
}

fn rounds(disk: &Memory) -> (Vec<u32>, Reading) {
    let mut rounds = Vec::new();
    let reading = Follow::default()
        .read_from(disk, &mut |entry| {
            let round: Round = entry.read().unwrap();
            assert_eq!(round, super::power::long(round.round));
            rounds.push(round.round);
        })
        .unwrap();
    (rounds, reading)
}

/// A round of any length, some over several sectors.
fn long(n: u32) -> Round {
    let mut long = round(n);
    let points = (n as usize * 37) % 300;
    long.strokes[0].x = vec![7; points];
    long.strokes[0].y = vec![8; points];
    long.strokes[0].t = (0..points as u32).collect();
    long
}

#[test]
fn ten_thousand_power_cuts_lose_nothing_that_was_acknowledged() {
    let mut rng = StdRng::seed_from_u64(18);
    let (mut lost_last, mut unreadable) = (0, 0);
    let mut disk = Memory::default();
    let mut kept: Vec<u32> = Vec::new();
    let hands = Hands::at(NOON);
    for cut in 0..10_000u32 {
        if cut % 40 == 0 {
            disk = Memory::default();
            kept.clear();
        }
        let open =
            |disk: &Memory| Journal::on(Box::new(disk.clone()), Box::new(hands.clone())).unwrap();
        let mut journal = open(&disk);
        for next in 0..rng.random_range(0..3) {
            hands.turn(rng.random_range(0..DAY / 8), 0);
            let n = cut * 10 + next;
            journal.append(&long(n)).unwrap();
            kept.push(n);
        }
        // One more, in the middle of which the power goes.
        let before = disk.0.lock().unwrap().clone();
        let n = cut * 10 + 9;
        journal.append(&long(n)).unwrap();
        let mut state = disk.0.lock().unwrap();
        let (name, length, bytes) = state.writes.last().unwrap().clone();
        // Repairs that came before it are on the disk.
        let mut files = before.files;
        let done = before.writes.len()..state.writes.len() - 1;
        for (name, length, bytes) in &state.writes[done] {
            let file = files.entry(name.clone()).or_default();
            file.truncate(*length as usize);
            file.extend_from_slice(bytes);
        }
        let left = torn(files.get(&name), length as usize, &bytes, &mut rng);
        state.files = files;
        if let Some(left) = left {
            state.files.insert(name, left);
        }
        drop(state);
        let (found, reading) = rounds(&disk);
        if found.last() == Some(&n) {
            // Whole, though nobody was told: it stays.
            kept.push(n);
        } else {
            lost_last += 1;
        }
        assert_eq!(found, kept, "cut {cut}");
        unreadable = unreadable.max(reading.unreadable);
        assert!(reading.unreadable <= u64::from(cut % 40) + 1);
    }
    // Whoever writes next repairs: no end is torn then.
    open_and_write(&disk, &hands);
    assert!(rounds(&disk).1.torn.is_empty());
    assert!(
        lost_last > 5000 && unreadable > 0,
        "{lost_last} {unreadable}"
    );
}

fn open_and_write(disk: &Memory, hands: &Hands) {
    let mut journal = Journal::on(Box::new(disk.clone()), Box::new(hands.clone())).unwrap();
    journal.append(&long(1)).unwrap();
}

#[test]
fn a_cut_at_every_byte_of_a_line_is_repaired() {
    let whole = Memory::default();
    let hands = Hands::at(NOON);
    let mut journal = Journal::on(Box::new(whole.clone()), Box::new(hands.clone())).unwrap();
    for n in 1..=3 {
        journal.append(&long(n)).unwrap();
    }
    let (name, length, bytes) = whole.0.lock().unwrap().writes[2].clone();
    let file = whole.0.lock().unwrap().files[&name].clone();
    for at in 0..=bytes.len() {
        let disk = Memory::default();
        let cut = file[..length as usize + at].to_vec();
        disk.0.lock().unwrap().files.insert(name.clone(), cut);
        let all = at + 1 >= bytes.len();
        let expected: &[u32] = if all { &[1, 2, 3] } else { &[1, 2] };
        assert_eq!(rounds(&disk).0, expected, "cut at {at}");
        let mut journal = Journal::on(Box::new(disk.clone()), Box::new(hands.clone())).unwrap();
        journal.append(&long(4)).unwrap();
        let (found, reading) = rounds(&disk);
        assert_eq!(found, [expected, &[4]].concat(), "cut at {at}");
        assert_eq!(
            (reading.unreadable, reading.torn.len()),
            (0, 0),
            "cut at {at}"
        );
    }
}

#[test]
fn a_disk_that_fills_costs_strokes_first_then_paintings_and_scores_last() {
    let disk = Memory::default();
    let hands = Hands::at(NOON);
    let mut journal = Journal::on(Box::new(disk.clone()), Box::new(hands)).unwrap();
    let whole = Round {
        painting: vec![1; 800],
        ..long(7)
    };
    let score_alone = Round {
        painting: Vec::new(),
        strokes: Vec::new(),
        flags: vec!["no-strokes".to_owned(), "no-painting".to_owned()],
        ..whole.clone()
    };
    let line = serde_json::to_string(&score_alone).unwrap().len() as u64;
    let mut keep = |room: u64| {
        disk.0.lock().unwrap().room = Some(room);
        journal.append_round(&whole).map(drop)
    };
    keep(501 << 20).unwrap();
    keep(499 << 20).unwrap();
    // The line's own fields and its check take some 150 bytes.
    keep(line + 160).unwrap();
    assert!(keep(line / 2).is_err());
    disk.0.lock().unwrap().room = None;
    let mut found = Vec::new();
    let reading = Follow::default()
        .read_from(&disk, &mut |entry| found.extend(entry.read::<Round>()))
        .unwrap();
    assert_eq!((reading.unreadable, reading.torn.len()), (0, 0));
    let no_strokes = Round {
        strokes: Vec::new(),
        flags: vec!["no-strokes".to_owned()],
        ..whole.clone()
    };
    assert_eq!(found, [whole, no_strokes, score_alone]);
}
