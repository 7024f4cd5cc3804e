//! What is said of pictures and of the work on them.

use std::time::Duration;

use super::snapshot::Snapshot;
use crate::collection::Progress;
use crate::ui::format::{capitalised, percent};

/// A count as it is read: 100,000.
#[must_use]
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1 picture", "2 pictures".
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// How far a run is: files, how many a second, how long it still takes.
#[must_use]
pub fn progress(progress: Progress) -> String {
    let mut words = format!("{} of {}", number(progress.done), number(progress.total));
    let rate = progress.now as f64 / progress.seconds.max(1e-3);
    if progress.now > 0 && progress.done < progress.total {
        let left = (progress.total - progress.done) as f64 / rate.max(1e-6);
        let left = Duration::from_secs_f64(left.clamp(0.0, 1e9)).as_secs();
        let left = match left {
            0..60 => "less than a minute left".to_owned(),
            60..3600 => format!("{} min left", left.div_ceil(60)),
            _ => format!("{} h {} min left", left / 3600, left / 60 % 60),
        };
        words = format!("{words}, {rate:.0} a second, {left}");
    }
    words
}

/// What a column is called on screen: what the only network and its only method are need not be said.
#[must_use]
pub fn column(name: &str, snapshot: &Snapshot) -> String {
    let shown = match snapshot.models.as_slice() {
        [only] => name.strip_prefix(only.as_str()).map(str::trim_start),
        _ => None,
    };
    let shown = shown.unwrap_or(name);
    let shown = ["grad-cam ", "gradient "]
        .iter()
        .find_map(|method| shown.strip_prefix(method))
        .unwrap_or(shown);
    capitalised(match shown {
        "class" => "what the AI says",
        "correct" => "right or wrong",
        "probability" => "how sure",
        "margin" => "ahead of the second",
        "entropy" => "undecided (entropy)",
        "centre x" => "looks left or right",
        "centre y" => "looks up or down",
        "spread" => "looks at much or little",
        "border" => "looks at the edge",
        "blobs" => "number of spots",
        other => other,
    })
}

/// The name of a row's file without its folders.
#[must_use]
pub fn file_name(snapshot: &Snapshot, row: u32) -> String {
    let name = snapshot.rows.name(row);
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// One line about a row: its name and what the network says of it.
#[must_use]
pub fn about(snapshot: &Snapshot, row: u32) -> String {
    let mut words = file_name(snapshot, row);
    if let Some(why) = snapshot.trouble(row) {
        words.push_str(", ");
        words.push_str(why);
        return words;
    }
    let label = snapshot.word("label", row);
    if let Some(answer) = snapshot.answer(row) {
        let class = answer.class().unwrap_or_default();
        let sure = percent(answer.probability());
        words = format!("{words}, {}, {sure}", snapshot.class_name(class));
        match snapshot.correct(row) {
            Some(true) => words.push_str(", right"),
            Some(false) => words = format!("{words}, wrong: {}", label.unwrap_or("another")),
            None => {}
        }
    } else if let Some(label) = label {
        words = format!("{words}, {label}");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_thousands() {
        let read = [0, 999, 1000, 65_536, 1_234_567].map(number);
        assert_eq!(read, ["0", "999", "1,000", "65,536", "1,234,567"]);
        assert_eq!(counted(1, "picture", "pictures"), "1 picture");
    }

    #[test]
    fn the_time_left_follows_from_what_this_run_did() {
        let told = Progress {
            done: 41_200,
            total: 100_000,
            now: 1200,
            seconds: 10.0,
        };
        assert_eq!(
            progress(told),
            "41,200 of 100,000, 120 a second, 9 min left"
        );
        assert_eq!(progress(Progress { now: 0, ..told }), "41,200 of 100,000");
    }

    #[test]
    fn a_row_is_told_in_one_line() {
        let snapshot = Snapshot::demo(3, 7);
        let label = snapshot.word("label", 0).unwrap();
        assert_eq!(
            about(&snapshot, 0),
            format!("{}, {label}", file_name(&snapshot, 0))
        );
        assert!(!file_name(&snapshot, 0).contains('/'));
        assert_eq!(column("label", &snapshot), "Label");
    }
}
