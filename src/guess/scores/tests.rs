//! The file of scores: nothing that was kept is lost.

use super::*;
use std::time::{Duration, UNIX_EPOCH};

fn round(game: &str, round: u32, of: u32, score: f64) -> Played {
    Played {
        game: game.to_owned(),
        round,
        of,
        date: "2026-11-23T09:10:00Z".to_owned(),
        nickname: format!("player of {game}"),
        model: "m".to_owned(),
        method: "xrai".to_owned(),
        picture: "Cat".to_owned(),
        sha256: "0".repeat(64),
        score,
        rule: RULE,
        found: [0.1, 0.2, 0.3, 0.4],
        hints: 1,
        seconds: 12.5,
        ..Played::default()
    }
}

#[test]
fn a_round_is_on_disk_as_soon_as_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/scores.jsonl");
    let mut book = ScoreBook::load(&path).unwrap();
    assert_eq!(book, ScoreBook::default());
    for n in 1..=3 {
        book.keep(&path, round("a", n, 3, f64::from(n) * 10.0))
            .unwrap();
        // As after a kill: another program reads what is there.
        assert_eq!(ScoreBook::load(&path).unwrap(), book);
    }
    assert_eq!(book.played()[2], round("a", 3, 3, 30.0));
    assert!(!path.exists());
    let left = std::fs::read_dir(ScoreBook::journal(&path)).unwrap();
    assert!((2..=3).contains(&left.count()), "days and the lock");
}

/// The rounds of earlier versions are there, in front, and their file stays byte for byte.
#[test]
fn earlier_scores_are_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.jsonl");
    let known = serde_json::to_string(&round("a", 1, 1, 50.0)).unwrap();
    let newer = known.replacen('{', "{\"mood\": \"good\", ", 1);
    let before = [
        newer.as_bytes(),
        b"\r\n{\"nickname\": \"caf\xe9\"}\n\xff\xfe\n\n# not ours\n",
        known.as_bytes(),
        b"\n{\"game\": \"cut",
    ]
    .concat();
    std::fs::write(&path, &before).unwrap();
    let mut book = ScoreBook::load(&path).unwrap();
    let lines: Vec<u64> = book.unreadable.iter().map(|(_, line)| *line).collect();
    assert_eq!((book.played().len(), &lines[..]), (2, &[2, 3, 5, 7][..]));
    let trouble = book.trouble(&path).unwrap();
    assert!(
        trouble.contains("4 lines (line 2 of scores.jsonl to line 7 of scores.jsonl)"),
        "{trouble}"
    );
    book.keep(&path, round("c", 1, 1, 1.0)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(ScoreBook::load(&path).unwrap(), book);
    assert_eq!(book.played().len(), 3);
    assert_eq!(book.played()[2].game, "c");
}

#[test]
fn another_windows_rounds_are_kept_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.jsonl");
    let (mut one, mut two) = (ScoreBook::default(), ScoreBook::default());
    one.keep(&path, round("a", 1, 1, 10.0)).unwrap();
    two.keep(&path, round("b", 1, 1, 20.0)).unwrap();
    one.keep(&path, round("c", 1, 1, 30.0)).unwrap();
    assert_eq!(one.played().len(), 3);
    assert_eq!(ScoreBook::load(&path).unwrap().played().len(), 3);
}

#[test]
fn windows_that_write_at_the_same_moment_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/scores.jsonl");
    std::thread::scope(|scope| {
        for window in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut book = ScoreBook::default();
                for n in 1..=8 {
                    let game = format!("{window}");
                    book.keep(path, round(&game, n, 8, 10.0)).unwrap();
                }
            });
        }
    });
    let book = ScoreBook::load(&path).unwrap();
    assert_eq!((book.played().len(), book.best(None).len()), (32, 4));
}

#[test]
fn a_file_in_its_place_is_told_and_the_round_is_still_shown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.jsonl");
    let mut book = ScoreBook::default();
    std::fs::write(dir.path().join("journal"), "mine").unwrap();
    let error = book.keep(&path, round("a", 1, 1, 10.0)).unwrap_err();
    assert!(error.to_string().contains(&*dir.path().to_string_lossy()));
    assert_eq!(book.played().len(), 1);
}

/// Figures of another rule cannot be ranked beside ours, and are nobody's to throw away.
#[test]
fn games_of_an_older_rule_are_kept_and_not_ranked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scores.jsonl");
    let mut line = serde_json::to_value(round("old", 1, 1, 99.0)).unwrap();
    line.as_object_mut().unwrap().remove("rule");
    std::fs::write(&path, format!("{line}\n")).unwrap();
    let mut book = ScoreBook::load(&path).unwrap();
    book.keep(&path, round("new", 1, 1, 40.0)).unwrap();
    let book = ScoreBook::load(&path).unwrap();
    assert_eq!(book.played().len(), 2);
    let best: Vec<_> = book.best(None).into_iter().map(|game| game.game).collect();
    assert_eq!(best, ["new"]);
}

#[test]
fn whole_games_are_ranked_by_their_mean() {
    let book = ScoreBook {
        played: vec![
            round("a", 1, 2, 10.0),
            round("b", 1, 2, 90.0),
            round("a", 2, 2, 50.0),
            round("c", 1, 1, 30.0),
        ],
        ..ScoreBook::default()
    };
    let best = book.best(None);
    let names: Vec<&str> = best.iter().map(|game| game.game.as_str()).collect();
    // b was not played to its end; a and c are equal, a ended first.
    assert_eq!(names, ["a", "c"]);
    assert_eq!((best[0].score, best[0].rounds, best[0].hints), (30.0, 2, 2));
    assert_eq!(best[0].day, "2026-11-23");
    assert_eq!(book.best(Some("another")), []);
}

#[test]
fn dates_are_the_calendars() {
    let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(at(0), "1970-01-01T00:00:00Z");
    assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
    assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59Z");
    assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(9)), at(0));
}

#[test]
fn names_are_short_and_one_line() {
    assert_eq!(clean_name("  Ada \n Lovelace\t"), "Ada Lovelace");
    assert_eq!(clean_name("   "), "Guest");
    assert_eq!(clean_name(&"x".repeat(99)).len(), MAX_NAME);
}
