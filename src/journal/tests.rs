//! Nothing acknowledged is lost, whatever happens to the power, the clock or the other writer.

mod power;

use super::clock::DAY;
use super::clock::testing::Hands;
use super::*;
use serde_json::json;

const NOON: i64 = 20_783 * DAY + DAY / 2;

fn round(n: u32) -> Round {
    Round {
        game: "g".to_owned(),
        round: n,
        of: 99,
        picture: "Caf\u{e9} \"x\"".to_owned(),
        score: f64::from(n) + 0.1,
        strokes: vec![Stroke {
            b: 1,
            r: 40,
            x: vec![1, 2, -3],
            y: vec![4, 5, 6],
            t: vec![0, 16, 33],
        }],
        ..Round::default()
    }
}

fn all(folder: &std::path::Path) -> (Vec<Entry>, Reading) {
    let mut entries = Vec::new();
    let reading = read(folder, &mut |entry| entries.push(entry)).unwrap();
    (entries, reading)
}

/// The names of what is in a folder, in order.
fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn what_is_kept_is_read_and_a_day_has_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    assert_eq!(all(&path), (Vec::new(), Reading::default()));
    let hands = Hands::at(NOON);
    let mut journal = Journal::with_clock(&path, Box::new(hands.clone())).unwrap();
    let session = journal.session().to_owned();
    for n in 1..=3 {
        let receipt = journal.append(&round(n)).unwrap();
        assert_eq!(
            (receipt.number, receipt.day),
            (u64::from(n), 20_782 + i64::from(n))
        );
        hands.turn(DAY, 0);
    }
    journal.begin();
    let end = End {
        why: Ended::Idle,
        screen: "play".to_owned(),
        seconds: 12.5,
        more: serde_json::Map::new(),
    };
    journal.append(&end).unwrap();
    let (entries, reading) = all(&path);
    assert_eq!((reading.entries, reading.unreadable), (4, 0));
    for (n, entry) in (1..=3).zip(&entries) {
        assert_eq!(entry.read::<Round>(), Some(round(n)));
        assert_eq!(entry.read::<End>(), None);
        assert_eq!((&entry.session, entry.number), (&session, u64::from(n)));
    }
    assert_eq!(entries[3].read::<End>(), Some(end));
    assert!(entries[3].session != session && entries[3].number == 1);
    assert_eq!(
        names_in(&path),
        [
            ".lock",
            "2026-11-26.jsonl",
            "2026-11-27.jsonl",
            "2026-11-28.jsonl",
            "2026-11-29.jsonl"
        ]
    );
    // A file that is not a day's is not looked at.
    std::fs::write(path.join("notes.jsonl"), "mine\n").unwrap();
    std::fs::write(path.join("2026-02-30.jsonl"), "mine\n").unwrap();
    assert_eq!(all(&path).1, reading);
}

#[test]
fn reading_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let mut follow = Follow::default();
    for n in 1..5 {
        journal.append(&round(n)).unwrap();
        let mut new = Vec::new();
        follow
            .read(folder.path(), &mut |entry| {
                new.extend(entry.read::<Round>());
            })
            .unwrap();
        assert_eq!(new, [round(n)]);
    }
}

#[test]
fn only_the_last_days_of_use_are_kept_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    // Nothing was written yet.
    assert_eq!(keep_days(&path, 3).unwrap(), 0);
    std::fs::create_dir(&path).unwrap();
    // One day is far ahead: a clock was wrong.
    let days = [
        "2026-01-05",
        "2026-01-06",
        "2026-03-01",
        "2026-03-02",
        "2099-01-01",
    ];
    for day in days {
        std::fs::write(path.join(format!("{day}.jsonl")), "").unwrap();
    }
    for other in ["notes.txt", "2026-01-05.jsonl.old"] {
        std::fs::write(path.join(other), "").unwrap();
    }
    assert_eq!(keep_days(&path, 9).unwrap(), 0);
    assert_eq!(keep_days(&path, 3).unwrap(), 2);
    assert_eq!(
        names_in(&path),
        [
            "2026-01-05.jsonl.old",
            "2026-03-01.jsonl",
            "2026-03-02.jsonl",
            "2099-01-01.jsonl",
            "notes.txt",
        ]
    );
}

#[test]
fn what_a_newer_version_wrote_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let mut newer = serde_json::to_value(round(1)).unwrap();
    newer["mood"] = json!({"good": [1, 2]});
    newer["flags"] = json!(["blank", "of-tomorrow"]);
    let newer: Round = serde_json::from_value(newer).unwrap();
    journal.append(&newer).unwrap();
    // An event that nobody here knows, in a format of tomorrow.
    let path = folder
        .path()
        .join(format!("{}.jsonl", day_name(journal.today())));
    let mut text = std::fs::read_to_string(&path).unwrap();
    let head = r#"{"v":9,"t":"2026-11-26T12:00:00.000Z","m":1,"d":20783,"s":"x","n":1,"e":"smell","nose":true"#;
    let check = &crate::files::sha256(head.as_bytes())[..6];
    text.extend([head, ",\"k\":\"", check, "\"}\n"]);
    std::fs::write(&path, &text).unwrap();
    journal.append(&round(2)).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(&text));
    let (entries, reading) = all(folder.path());
    assert_eq!((reading.entries, reading.unreadable), (3, 0));
    let back = entries[0].read::<Round>().unwrap();
    assert_eq!(back, newer);
    assert_eq!(back.more["mood"], json!({"good": [1, 2]}));
    assert_eq!(
        (entries[1].event.as_str(), &entries[1].fields["nose"]),
        ("smell", &json!(true))
    );
}

#[test]
fn writers_at_the_same_moment_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = folder.path();
            scope.spawn(move || {
                let mut journal = Journal::open(path).unwrap();
                for n in 0..12 {
                    journal.append(&round(writer * 100 + n)).unwrap();
                }
            });
        }
    });
    let (entries, reading) = all(folder.path());
    assert_eq!(
        (reading.entries, reading.unreadable, reading.torn.len()),
        (48, 0, 0)
    );
    let mut rounds: Vec<u32> = entries
        .iter()
        .map(|e| e.read::<Round>().unwrap().round)
        .collect();
    rounds.sort_unstable();
    let expected: Vec<u32> = (0..4)
        .flat_map(|w| (0..12).map(move |n| w * 100 + n))
        .collect();
    assert_eq!(rounds, expected);
    for session in entries.iter().map(|e| &e.session) {
        let numbers: Vec<u64> = entries
            .iter()
            .filter(|e| e.session == *session)
            .map(|e| e.number)
            .collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    }
}

#[test]
fn a_clock_that_was_set_back_keeps_the_day_after_a_start_too() {
    let folder = tempfile::tempdir().unwrap();
    let hands = Hands::at(NOON);
    let mut journal = Journal::with_clock(folder.path(), Box::new(hands)).unwrap();
    journal.append(&round(1)).unwrap();
    // The battery is empty: 1970.
    let hands = Hands::at(1000);
    let mut journal = Journal::with_clock(folder.path(), Box::new(hands.clone())).unwrap();
    let receipt = journal.append(&round(2)).unwrap();
    assert_eq!(receipt.day, 20_783);
    hands.turn(DAY, 0);
    assert_eq!(journal.append(&round(3)).unwrap().day, 20_784);
    let (entries, _) = all(folder.path());
    assert_eq!(entries[1].wall, 1000);
    assert!(entries.is_sorted_by_key(Entry::millis));
}

#[test]
fn what_cannot_be_read_back_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let mut bad = round(1);
    bad.score = f64::NAN;
    let error = journal.append(&bad).unwrap_err();
    assert!(matches!(error, JournalError::Event { .. }), "{error}");
    bad = round(1);
    bad.more.insert("k".to_owned(), json!(1));
    assert!(journal.append(&bad).is_err());
    assert_eq!(journal.append(&round(1)).unwrap().number, 1);
    // A folder where the file should be.
    let blocked = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(blocked.path()).unwrap();
    let name = format!("{}.jsonl", day_name(journal.today()));
    std::fs::create_dir(blocked.path().join(&name)).unwrap();
    let error = journal.append(&round(1)).unwrap_err().to_string();
    assert!(error.contains(&name) && !error.contains('\n'), "{error}");
}

#[test]
fn anything_in_a_file_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path()).unwrap();
    let path = folder
        .path()
        .join(format!("{}.jsonl", day_name(journal.today())));
    let long = vec![b'x'; 3 * MAX_LINE];
    for junk in [
        &b"\0\0\0\0"[..],
        b"\xff\xfe\n\n{}\n",
        b"{\"v\":1}",
        long.as_slice(),
    ] {
        std::fs::write(&path, junk).unwrap();
        journal.append(&round(1)).unwrap();
        journal.append(&round(2)).unwrap();
        let (entries, reading) = all(folder.path());
        let rounds: Vec<u32> = entries
            .iter()
            .map(|e| e.read::<Round>().unwrap().round)
            .collect();
        assert_eq!(
            (rounds, reading.torn.len()),
            (vec![1, 2], 0),
            "{:?}",
            reading.faults
        );
    }
    // What is longer than any line of ours was not cut off.
    assert!(std::fs::metadata(&path).unwrap().len() > 3 * MAX_LINE as u64);
}

#[test]
fn old_scores_come_along_once_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("scores.jsonl");
    let journal = folder.path().join("journal");
    import_scores(&old, &journal).unwrap();
    assert!(!journal.exists());
    let first = r#"{"game":"a","round":1,"of":1,"date":"2026-11-23T09:10:00Z","nickname":"Ada","model":"m","method":"xrai","picture":"Cat","sha256":"00","score":50.5,"found":[0.1,0.2,0.3,0.4],"hints":1,"seconds":12.5,"mood":"good"}"#;
    let text = [
        b"\xef\xbb\xbf",
        first.as_bytes(),
        b"\r\n\n{\"nickname\": \"caf\xe9\"}\n# not ours\n{\"game\":\"cut",
    ]
    .concat();
    std::fs::write(&old, &text).unwrap();
    import_scores(&old, &journal).unwrap();
    let (entries, reading) = all(&journal);
    assert_eq!((reading.entries, reading.unreadable), (5, 0));
    let round: Round = entries[1].read().unwrap();
    assert_eq!(
        (round.score, round.rule, &round.more["mood"]),
        (50.5, 0, &json!("good"))
    );
    assert_eq!(entries[1].time, "2026-11-23T09:10:00.000Z");
    let lines: Vec<_> = entries.iter().filter(|e| e.event == import::LINE).collect();
    assert_eq!(lines.len(), 3);
    let hidden = lines[0].fields["bytes"].as_str().unwrap();
    assert_eq!(
        crate::files::from_hexadecimal(hidden).unwrap(),
        b"{\"nickname\": \"caf\xe9\"}"
    );
    assert_eq!(
        (&lines[1].fields["text"], &lines[1].fields["number"]),
        (&json!("# not ours"), &json!(4))
    );
    assert_eq!(std::fs::read(&old).unwrap(), text);
    // Not again, not even when it is gone; but when an old version has added to it.
    let before = std::fs::read(journal.join("0000-imported.jsonl")).unwrap();
    import_scores(&old, &journal).unwrap();
    assert_eq!(
        std::fs::read(journal.join("0000-imported.jsonl")).unwrap(),
        before
    );
    std::fs::write(&old, [&text, &b"\n"[..], first.as_bytes()].concat()).unwrap();
    import_scores(&old, &journal).unwrap();
    let (entries, _) = all(&journal);
    assert_eq!(entries.iter().filter(|e| e.event == "round").count(), 2);
    std::fs::remove_file(&old).unwrap();
    import_scores(&old, &journal).unwrap();
    assert_eq!(all(&journal).0, entries);
}
