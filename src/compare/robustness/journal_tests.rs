use super::super::row::example;
use super::*;

fn rows() -> Vec<Row> {
    ["a.png", "b, \"b\".png", "\u{e9}t\u{e9}.png"]
        .into_iter()
        .flat_map(|p| ["none", "fog:3"].map(|s| example(p, "net", s)))
        .collect()
}

#[test]
fn cut_anywhere_it_goes_on_to_the_same_file() {
    let dir = tempfile::tempdir().unwrap();
    let rows = rows();
    let keys: Vec<Key> = rows.iter().map(|r| r.key.clone()).collect();
    let finished = |path: &Path| {
        let mut journal = Journal::open(path).unwrap();
        let missing: Vec<Row> = rows
            .iter()
            .filter(|r| journal.get(&r.key).is_none())
            .cloned()
            .collect();
        for row in missing {
            journal.append(vec![row]).unwrap();
        }
        assert_eq!(journal.finish(&keys).unwrap(), (rows.len(), rows.len()));
        std::fs::read(path).unwrap()
    };
    let want = finished(&dir.path().join("undisturbed.csv"));
    // The part of a run that got to the last row.
    let mut journal = Journal::open(&dir.path().join("x.csv")).unwrap();
    journal.append(rows.clone()).unwrap();
    drop(journal);
    let part = std::fs::read(dir.path().join("x.csv.part")).unwrap();
    // Each cut costs some syncs, so not every byte: 13 has no rhythm in common with the rows.
    for cut in (0..part.len())
        .step_by(13)
        .chain([part.len() - 1, part.len()])
    {
        let path = dir.path().join("again.csv");
        let _ = std::fs::remove_file(&path);
        std::fs::write(dir.path().join("again.csv.part"), &part[..cut]).unwrap();
        assert_eq!(finished(&path), want, "cut at {cut}");
        assert!(!dir.path().join("again.csv.part").exists());
    }
}

#[test]
fn a_finished_file_is_not_computed_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/results.csv");
    let rows = rows();
    let mut journal = Journal::open(&path).unwrap();
    assert!(journal.is_empty());
    journal.append(rows.clone()).unwrap();
    journal.finish(rows.iter().map(|r| &r.key)).unwrap();
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.len(), rows.len());
    assert!(rows.iter().all(|r| journal.get(&r.key) == Some(r)));
    let mut other = rows[0].key.clone();
    other.model_sha256 = "another file".into();
    assert_eq!(journal.get(&other), None);
    assert_eq!(Journal::read(&path).unwrap(), rows);
    assert!(Journal::read(&dir.path().join("none.csv")).is_err());
}

#[test]
fn broken_off_it_ends_with_the_same_parquet_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows = rows();
    // More places than a file has.
    rows[1].agree = 1.0 / 3.0;
    let keys: Vec<Key> = rows.iter().map(|r| r.key.clone()).collect();
    let paths = ["a.parquet", "b.parquet"].map(|name| dir.path().join(name));
    let mut journal = Journal::open(&paths[0]).unwrap();
    journal.append(rows.clone()).unwrap();
    journal.finish(&keys).unwrap();
    for part in rows.chunks(2) {
        // Each time as after a kill.
        let mut journal = Journal::open(&paths[1]).unwrap();
        journal.append(part.to_vec()).unwrap();
    }
    let journal = Journal::open(&paths[1]).unwrap();
    assert_eq!(journal.len(), rows.len());
    journal.finish(&keys).unwrap();
    let [a, b] = paths.each_ref().map(|path| std::fs::read(path).unwrap());
    assert!(a == b && a.starts_with(b"PAR1"));
    let read = Journal::read(&paths[1]).unwrap();
    assert_eq!(read.len(), rows.len());
    assert_eq!(read[0], rows[0]);
    assert_eq!(read[1].agree, 0.333333);
    assert_eq!(Journal::open(&paths[0]).unwrap().len(), rows.len());
}

#[test]
fn two_runs_on_one_file_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["r.csv", "r.parquet"] {
        let path = dir.path().join(name);
        let rows = rows();
        let (mut one, mut two) = (Journal::open(&path).unwrap(), Journal::open(&path).unwrap());
        one.append(rows[..2].to_vec()).unwrap();
        two.append(rows[2..4].to_vec()).unwrap();
        one.append(rows[4..5].to_vec()).unwrap();
        one.finish([&rows[0].key, &rows[1].key, &rows[4].key])
            .unwrap();
        // The part that the second had open is gone; what it appends now lies in a new one.
        two.append(rows[5..].to_vec()).unwrap();
        drop(two);
        assert_eq!(Journal::open(&path).unwrap().len(), rows.len());
        let three = Journal::open(&path).unwrap();
        assert_eq!(three.finish([]).unwrap(), (0, rows.len()));
        assert_eq!(Journal::read(&path).unwrap().len(), rows.len());
    }
}

#[test]
fn a_spreadsheets_copy_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.csv");
    let rows = rows();
    let mut text = csv::record(&Row::COLUMNS.map(str::to_owned));
    text.extend(rows.iter().map(Row::record));
    let text = format!(
        "\u{feff}{}",
        text.replace("false", "FALSE").replace('\n', "\r\n")
    );
    std::fs::write(&path, text).unwrap();
    assert_eq!(Journal::read(&path).unwrap(), rows);
    assert_eq!(
        Journal::open(&path).unwrap().finish([]).unwrap().1,
        rows.len()
    );
    std::fs::write(&path, Row::COLUMNS.join(";") + "\n").unwrap();
    let error = Journal::read(&path).unwrap_err().to_string();
    assert!(error.contains("semicolons"), "{error}");
}

#[test]
fn names_that_a_spreadsheet_would_run_come_back_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["=cmd|calc.png", "-1.png", "a\nb\u{1b}.png", "'=x.png"];
    let rows = names.map(|name| example(name, "+model", "none"));
    for name in ["r.csv", "r.parquet"] {
        let path = dir.path().join(name);
        let mut journal = Journal::open(&path).unwrap();
        journal.append(rows.to_vec()).unwrap();
        drop(journal);
        let part = std::fs::read_to_string(dir.path().join(format!("{name}.part"))).unwrap();
        assert!(!part.contains("\n=") && !part.contains(",+") && !part.contains('\u{1b}'));
        assert_eq!(part.lines().count(), 5);
        Journal::open(&path).unwrap().finish([]).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), rows);
    }
}

#[test]
fn a_pipe_or_a_device_is_no_result() {
    let dir = tempfile::tempdir().unwrap();
    let error = Journal::open_over(dir.path(), true)
        .unwrap_err()
        .to_string();
    assert!(error.contains("no plain file"), "{error}");
    #[cfg(unix)]
    {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let path = dir.path().join("r.csv");
        mknodat(
            CWD,
            dir.path().join("r.csv.part"),
            FileType::Fifo,
            Mode::RWXU,
            0,
        )
        .unwrap();
        let error = Journal::open_over(&path, true).unwrap_err().to_string();
        assert!(error.contains("no plain file"), "{error}");
    }
}

/// The system's own files say that they are empty; some are never read to an end.
#[cfg(target_os = "linux")]
#[test]
fn what_says_it_is_empty_is_not_read() {
    let rows = Journal::read(Path::new("/proc/self/status")).unwrap();
    assert!(rows.is_empty());
}

#[test]
fn somebody_elses_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for text in [
        &b"name,price\napple,1\n"[..],
        b"hello",
        b"\xff\xd8\xff\xe0 picture",
        b"PAR1 and nothing more",
    ] {
        let path = dir.path().join("theirs.csv");
        std::fs::write(&path, text).unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("choose another file"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), text);
        // Unless a person says so; never a part, which nobody named.
        let rows = rows();
        let mut journal = Journal::open_over(&path, true).unwrap();
        journal.append(rows.clone()).unwrap();
        journal.finish([]).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), rows);
        let part = dir.path().join("theirs.csv.part");
        std::fs::write(&part, text).unwrap();
        assert!(Journal::open_over(&path, true).is_err());
        std::fs::remove_file(&part).unwrap();
    }
}
