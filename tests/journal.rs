//! Processes that are killed while they keep: nothing that they acknowledged is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use saliscope::journal::{Journal, Round, Stroke, read};

/// Kills; `SALISCOPE_KILLS` sets another number (the goal is 500).
const KILLS: u32 = 25;
const FOLDER: &str = "SALISCOPE_KILLED_IN";

/// What the process that is killed does: keeps rounds of many lengths, and says after each that it is
/// kept.
fn keep_for_ever(folder: &Path) {
    let mut journal = Journal::open(folder).unwrap();
    for n in 1.. {
        let points = n as usize * 97 % 900;
        let round = Round {
            round: n,
            strokes: vec![Stroke {
                b: 1,
                r: 40,
                x: vec![5; points],
                y: vec![6; points],
                t: vec![7; points],
            }],
            ..Round::default()
        };
        journal.append_round(&round).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {} {n}", journal.session()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_outlives_kills() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        keep_for_ever(Path::new(&folder));
    }
    let kills = std::env::var("SALISCOPE_KILLS").ok();
    let kills = kills.and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(9);
    let mut acknowledged = Vec::new();
    for _ in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::what_was_acknowledged_outlives_kills"])
            .args(["--nocapture", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("kept ") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended by itself");
        }
        std::thread::sleep(Duration::from_micros(rng.random_range(0..12_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        loop {
            // A line that was cut was not said.
            if line.ends_with('\n')
                && let Some((_, kept)) = line.split_once("kept ")
            {
                let (session, n) = kept.trim().split_once(' ').unwrap();
                acknowledged.push((session.to_owned(), n.parse::<u32>().unwrap()));
            }
            line.clear();
            if said.read_line(&mut line).unwrap() == 0 {
                break;
            }
        }
    }
    let mut found = std::collections::HashSet::new();
    let reading = read(folder.path(), &mut |entry| {
        let round: Round = entry.read().unwrap();
        assert_eq!(u64::from(round.round), entry.number);
        assert!(found.insert((entry.session, round.round)), "kept twice");
    })
    .unwrap();
    assert_eq!(reading.unreadable, 0, "{:?}", reading.faults);
    for kept in &acknowledged {
        assert!(
            found.contains(kept),
            "{kept:?} was acknowledged and is lost"
        );
    }
    assert!(acknowledged.len() > kills as usize);
    // Beside them at most one a kill, whole before anybody could be told.
    assert!(found.len() <= acknowledged.len() + kills as usize);
}
