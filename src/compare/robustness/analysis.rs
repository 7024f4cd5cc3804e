//! The analysis itself: which rows are wanted, and how each comes about.

use std::collections::HashSet;

use super::journal::{Journal, JournalError};
use super::row::{Key, Row, TEXTURE};
use super::workshop::undecoded;
use crate::compare::{CompareError, Options, likeness};
use crate::progress::Cancelled;
use crate::saliency::SaliencyMap;

/// Name of the shift that is none.
const NONE: &str = "none";

/// A picture of the folder: what its rows call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its file name within the folder.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// What is to be analysed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pictures, in the order of the rows.
    pub pictures: Vec<Subject>,
    /// The networks: id, and SHA-256 of all that their answers depend on.
    pub models: Vec<(String, String)>,
    /// The shifts, such as "fog:3"; the original is always there before them.
    pub shifts: Vec<String>,
    /// What else decides the maps: method, steps, framing, seed. Delta and the rest of `compare`
    /// are added to it.
    pub settings: String,
    /// Name and content of the textures that shifts paint in: another picture under the same name
    /// makes other rows.
    pub textures: Vec<(String, String)>,
    /// How two maps are compared.
    pub compare: Options,
}

impl Plan {
    /// All rows of the finished file, in order: by picture, then network, then shift.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        for picture in &self.pictures {
            for model in &self.models {
                keys.extend(self.shifts().map(|shift| self.key(picture, model, shift)));
            }
        }
        keys
    }

    fn shifts(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        std::iter::once(NONE)
            .chain(self.shifts.iter().map(String::as_str))
            .filter(move |&shift| seen.insert(shift))
    }

    fn key(&self, picture: &Subject, model: &(String, String), shift: &str) -> Key {
        Key {
            picture: picture.name.clone(),
            picture_sha256: picture.sha256.clone(),
            model: model.0.clone(),
            model_sha256: model.1.clone(),
            shift: shift.to_owned(),
            settings: self.row_settings(shift),
        }
    }

    /// The settings of a row; with the texture, where the shift paints in one.
    fn row_settings(&self, shift: &str) -> String {
        let line = Self::settings_line(&self.settings, &self.compare);
        let painted = self.textures.iter().find(|(name, _)| {
            let rest = shift.strip_prefix("style:");
            rest.and_then(|rest| rest.strip_prefix(name.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        match painted {
            Some((name, hash)) => {
                let short = hash.get(..8).unwrap_or(hash);
                format!("{line}{TEXTURE}{name} {short}")
            }
            None => line,
        }
    }

    /// Whether a row belongs beside those of this plan, to be compared with them: it is of the
    /// plan's pictures and shifts, computed the same way, by any network.
    #[must_use]
    pub fn compares(&self, row: &Row) -> bool {
        let ground = Self::settings_line(&self.settings, &self.compare);
        row.key.ground() == ground
            && self.shifts().any(|shift| shift == row.key.shift)
            && self.pictures.iter().any(|p| p.name == row.key.picture)
    }

    /// Everything that decides a row beside picture, network and shift, in one line: `settings` (see
    /// [`settings`](super::settings)), then how maps are compared.
    #[must_use]
    pub fn settings_line(settings: &str, compare: &Options) -> String {
        let c = compare;
        let rule = if c.by_value { "value" } else { c.colormap.id() };
        format!(
            "{settings}; {rule} delta {}{}; top {} %",
            c.delta,
            if c.shared_scale { " shared scale" } else { "" },
            c.top_share * 100.0
        )
    }
}

/// What a network made of a picture.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The class it is surest of.
    pub class: usize,
    /// What that class is called.
    pub label: String,
    /// Probability of each class, 0-1.
    pub probabilities: Vec<f32>,
    /// Why: the saliency map.
    pub map: SaliencyMap,
}

/// Whoever can shift pictures and show them to networks. Errors are one line each, for people.
pub trait Lab {
    /// A picture that is open.
    type Picture;

    /// Opens the picture with this index in the plan.
    ///
    /// # Errors
    /// When it cannot be opened.
    fn open(&mut self, picture: usize) -> Result<Self::Picture, String>;

    /// The picture after a shift, which is one of the plan's.
    ///
    /// # Errors
    /// When it cannot be done.
    fn shifted(&mut self, picture: &Self::Picture, shift: &str) -> Result<Self::Picture, String>;

    /// What the network with this index in the plan makes of a picture.
    ///
    /// # Errors
    /// When the network fails.
    fn explain(&mut self, model: usize, picture: &Self::Picture) -> Result<Seen, String>;
}

/// Whoever waits for the analysis.
pub trait Watcher {
    /// `done` of `total` rows are there; called after each.
    fn progress(&mut self, done: usize, total: usize);

    /// A picture (or one of its shifts or networks) failed and its rows are left out: one line.
    fn skipped(&mut self, what: &str, why: &str);

    /// Something that a person should know, in one line.
    fn note(&mut self, _words: &str) {}

    /// True once the result is no longer wanted.
    fn cancelled(&self) -> bool {
        false
    }
}

/// What became of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Rows of the plan in the finished file.
    pub rows: usize,
    /// All rows in the finished file: those of other models, shifts and settings stay.
    pub table: usize,
    /// Rows that were computed now rather than found.
    pub computed: usize,
    /// Rows of the plan that are missing, because something failed.
    pub skipped: usize,
}

/// Why an analysis ended early. What was computed is kept.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The result file.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What to tell of rows that are computed again only because pictures are decoded in another way now.
fn decoded_otherwise(keys: &[Key], journal: &Journal) -> Option<String> {
    let plain = |key: &Key| Key {
        settings: undecoded(&key.settings),
        ..key.clone()
    };
    let known: HashSet<Key> = journal.keys().map(plain).collect();
    let missing = keys.iter().filter(|key| journal.get(key).is_none());
    let count = missing.filter(|key| known.contains(&plain(key))).count();
    (count > 0).then(|| {
        format!(
            "{count} rows that are there were computed of pictures as another version of this program decoded \
             them: they stay, and are computed again"
        )
    })
}

/// Computes the rows of `plan` that `journal` lacks, keeps each as soon as it is there, and writes
/// the result. What fails is reported to `watcher` and skipped. One picture and two maps are in
/// memory at a time.
///
/// # Errors
/// When the result file holds rows that cannot stand beside those of the plan, or cannot be written,
/// or the watcher cancels; rows so far are kept.
pub fn analyse<L: Lab>(
    plan: &Plan,
    lab: &mut L,
    mut journal: Journal,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, AnalysisError> {
    journal.admit(plan)?;
    let keys = plan.keys();
    let total = keys.len();
    let before = keys.iter().filter(|key| journal.get(key).is_some()).count();
    let mut done = before;
    let mut computed = 0;
    if let Some(words) = decoded_otherwise(&keys, &journal) {
        watcher.note(&words);
    }
    watcher.progress(done, total);
    for (p, subject) in plan.pictures.iter().enumerate() {
        let wanted = |journal: &Journal, model: &(String, String)| -> Vec<Key> {
            plan.shifts()
                .map(|shift| plan.key(subject, model, shift))
                .filter(|key| journal.get(key).is_none())
                .collect()
        };
        if plan
            .models
            .iter()
            .all(|model| wanted(&journal, model).is_empty())
        {
            continue;
        }
        let picture = match lab.open(p) {
            Ok(picture) => picture,
            Err(why) => {
                watcher.skipped(&subject.name, &why);
                continue;
            }
        };
        for (m, model) in plan.models.iter().enumerate() {
            let missing = wanted(&journal, model);
            if missing.is_empty() {
                continue;
            }
            let what = |shift: &str| format!("{}, {}, {shift}", subject.name, model.0);
            let original = match lab.explain(m, &picture) {
                Ok(seen) => seen,
                Err(why) => {
                    watcher.skipped(&what(NONE), &why);
                    continue;
                }
            };
            for key in missing {
                if watcher.cancelled() {
                    return Err(Cancelled.into());
                }
                let shift = key.shift.clone();
                let row = if shift == NONE {
                    row(key, &original, &original, &plan.compare)
                } else {
                    lab.shifted(&picture, &shift)
                        .and_then(|shifted| lab.explain(m, &shifted))
                        .and_then(|seen| row(key, &original, &seen, &plan.compare))
                };
                match row {
                    Ok(row) => {
                        journal.append(vec![row])?;
                        done += 1;
                        computed += 1;
                        watcher.progress(done, total);
                    }
                    Err(why) => watcher.skipped(&what(&shift), &why),
                }
            }
        }
    }
    let (rows, table) = journal.finish(&keys)?;
    Ok(Outcome {
        rows,
        table,
        computed,
        skipped: total - rows,
    })
}

fn row(key: Key, original: &Seen, seen: &Seen, options: &Options) -> Result<Row, String> {
    let of = |seen: &Seen, class: usize| {
        seen.probabilities
            .get(class)
            .copied()
            .map_or(0.0, f64::from)
    };
    let (agree, similarity) = likeness(
        ("the original's map", original.map.values.view()),
        ("the shifted picture's map", seen.map.values.view()),
        options,
    )
    .map_err(|e: CompareError| e.to_string())?;
    let row = Row {
        key,
        class: seen.class,
        label: seen.label.clone(),
        probability: of(seen, seen.class),
        original_class: original.class,
        original_probability: of(seen, original.class),
        agree,
        iou: similarity.iou.unwrap_or(0.0),
        spearman: similarity.spearman,
        ssim: similarity.ssim,
        emd: similarity.emd.unwrap_or(0.0),
    };
    let blank = original.map.blank().or(seen.map.blank()).is_some();
    let row = if blank { row.blanked() } else { row };
    // What could not be read again is not written.
    row.check().map_err(|e| e.to_string())?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::super::settings;
    use super::*;
    use crate::picture;
    use crate::saliency::Request;
    use ndarray::Array2;
    use std::path::Path;

    /// Pictures are numbers; a shift adds its length; a network's map is a ramp bent by both.
    struct Fake {
        /// Calls to `explain` until the program is "killed".
        left: usize,
        explained: usize,
    }

    impl Lab for Fake {
        type Picture = f32;

        fn open(&mut self, picture: usize) -> Result<f32, String> {
            if picture == 1 {
                return Err("is not a picture".into());
            }
            Ok(picture as f32)
        }

        fn shifted(&mut self, picture: &f32, shift: &str) -> Result<f32, String> {
            if shift == "bad" {
                return Err("cannot be done".into());
            }
            Ok(picture + shift.len() as f32)
        }

        fn explain(&mut self, model: usize, picture: &f32) -> Result<Seen, String> {
            assert!(self.left > 0, "killed");
            self.left -= 1;
            self.explained += 1;
            let bend = picture * 0.3 + model as f32;
            let class = (*picture as usize) % 3;
            let mut probabilities = vec![0.1; 3];
            probabilities[class] = 0.8;
            Ok(Seen {
                class,
                label: format!("class {class}"),
                probabilities,
                map: SaliencyMap {
                    values: Array2::from_shape_fn((12, 14), |(y, x)| {
                        (x as f32 * 0.5 + bend).sin() + y as f32 * 0.1
                    }),
                },
            })
        }
    }

    #[derive(Default)]
    struct Log {
        skipped: Vec<String>,
        notes: Vec<String>,
        last: (usize, usize),
    }

    impl Watcher for Log {
        fn progress(&mut self, done: usize, total: usize) {
            self.last = (done, total);
        }

        fn skipped(&mut self, what: &str, why: &str) {
            self.skipped.push(format!("{what}: {why}"));
        }

        fn note(&mut self, words: &str) {
            self.notes.push(words.to_owned());
        }
    }

    fn plan() -> Plan {
        let subject = |name: &str| Subject {
            name: name.into(),
            sha256: format!("sha of {name}"),
        };
        Plan {
            pictures: ["a.png", "broken.png", "c.png"].map(subject).into(),
            models: vec![("one".into(), "s1".into()), ("two".into(), "s2".into())],
            shifts: vec!["fog:3".into(), "bad".into(), "snow".into(), "snow".into()],
            settings: "fake".into(),
            textures: Vec::new(),
            compare: Options::default(),
        }
    }

    fn run(path: &Path, left: usize) -> (Result<Outcome, ()>, Log, usize) {
        let mut lab = Fake { left, explained: 0 };
        let mut log = Log::default();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            analyse(&plan(), &mut lab, Journal::open(path).unwrap(), &mut log).unwrap()
        }));
        (outcome.map_err(|_| ()), log, lab.explained)
    }

    #[test]
    fn rows_are_in_the_plans_order_and_failures_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        let (outcome, log, _) = run(&path, 999);
        // Three pictures, two networks, four shifts with the original; one picture and one shift fail.
        let want = Outcome {
            rows: 12,
            table: 12,
            computed: 12,
            skipped: 12,
        };
        assert_eq!(outcome, Ok(want));
        assert_eq!(log.last, (12, 24));
        assert!(
            log.skipped
                .iter()
                .any(|s| s == "broken.png: is not a picture")
        );
        assert!(
            log.skipped
                .iter()
                .any(|s| s == "a.png, one, bad: cannot be done")
        );
        let rows = Journal::read(&path).unwrap();
        let order: Vec<(&str, &str, &str)> = rows
            .iter()
            .map(|r| {
                (
                    r.key.picture.as_str(),
                    r.key.model.as_str(),
                    r.key.shift.as_str(),
                )
            })
            .collect();
        assert_eq!(
            order[..4],
            [
                ("a.png", "one", "none"),
                ("a.png", "one", "fog:3"),
                ("a.png", "one", "snow"),
                ("a.png", "two", "none"),
            ]
        );
        assert_eq!((rows[0].agree, rows[0].same()), (1.0, true));
        assert!(rows[1].agree < 1.0 && !rows[1].same());
        assert!((rows[1].original_probability - 0.1).abs() < 1e-6);
    }

    #[test]
    fn other_plans_add_their_rows_and_lose_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        let run = |change: &dyn Fn(&mut Plan), overwrite: bool| {
            let mut plan = plan();
            change(&mut plan);
            let mut lab = Fake {
                left: 999,
                explained: 0,
            };
            let journal = Journal::open_over(&path, overwrite).unwrap();
            analyse(&plan, &mut lab, journal, &mut Log::default()).map_err(|e| e.to_string())
        };
        let first = run(&|_| {}, false).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!((first.rows, first.table), (12, 12));
        // Fewer: nothing is computed, nothing goes.
        let fewer = run(&|plan| plan.models.truncate(1), false).unwrap();
        assert_eq!((fewer.rows, fewer.table, fewer.computed), (6, 12, 0));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        // Another model, another shift, another method, another delta.
        let model = |plan: &mut Plan| plan.models = vec![("three".into(), "s3".into())];
        assert_eq!(run(&model, false).unwrap().table, 18);
        let shift = |plan: &mut Plan| plan.shifts = vec!["frost:2".into()];
        assert_eq!(run(&shift, false).unwrap().table, 22);
        let method = |plan: &mut Plan| plan.settings = "other".into();
        assert_eq!(run(&method, false).unwrap().table, 34);
        let delta = |plan: &mut Plan| plan.compare.delta = 30;
        assert_eq!(run(&delta, false).unwrap().table, 46);
        let all = std::fs::read_to_string(&path).unwrap();
        assert!(all.starts_with(&text));
        // Another file under the same name cannot stand in the same table.
        let other = |plan: &mut Plan| plan.models[0].1 = "another file".into();
        let error = run(&other, false).unwrap_err();
        assert!(
            error.contains("model one") && error.contains("--overwrite"),
            "{error}"
        );
        let picture = |plan: &mut Plan| plan.pictures[0].sha256 = "another".into();
        let error = run(&picture, false).unwrap_err();
        assert!(
            error.contains("picture a.png") && !error.contains('\n'),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), all);
        // Asked for, those rows go and no others.
        let one = Journal::read(&path).unwrap();
        let one = one.iter().filter(|row| row.key.model == "one").count();
        assert_eq!(run(&other, true).unwrap().table, 46 - one + 6);
    }

    #[test]
    fn rows_of_a_broken_off_run_with_other_settings_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        assert_eq!(run(&path, 3).0, Err(()));
        let kept = Journal::open(&path).unwrap().len();
        assert!(kept > 0 && !path.exists());
        let mut other = plan();
        other.settings = "other".into();
        let mut lab = Fake {
            left: 999,
            explained: 0,
        };
        let journal = Journal::open(&path).unwrap();
        let outcome = analyse(&other, &mut lab, journal, &mut Log::default()).unwrap();
        assert_eq!((outcome.rows, outcome.table), (12, 12 + kept));
        assert_eq!(Journal::read(&path).unwrap().len(), 12 + kept);
    }

    #[test]
    fn a_texture_counts_for_the_rows_that_are_painted_in_it() {
        let mut plan = plan();
        plan.shifts = vec![
            "fog:3".into(),
            "style:brick:60".into(),
            "style:brick wall:60".into(),
        ];
        plan.textures = vec![("brick".into(), "0123456789".into())];
        let keys = plan.keys();
        let settings: Vec<&str> = keys
            .iter()
            .take(4)
            .map(|key| key.settings.as_str())
            .collect();
        let plain = "fake; inferno delta 10; top 10 %";
        let painted = format!("{plain}; texture brick 01234567");
        assert_eq!(settings, [plain, plain, painted.as_str(), plain]);
        assert!(keys.iter().all(|key| key.ground() == plain));
    }

    #[test]
    fn rows_of_pictures_that_were_decoded_in_another_way_are_computed_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.csv");
        let now = settings(&Request::default());
        let then = now.replace(&format!("decoding {}", picture::DECODING), "decoding 1");
        assert_ne!(now, then);
        assert_eq!(undecoded(&now), undecoded(&then));
        let before = now.replace(&format!(" decoding {}", picture::DECODING), "");
        assert_eq!(undecoded(&now), before);
        let run = |settings: &str| {
            let mut plan = plan();
            plan.settings = settings.to_owned();
            let mut lab = Fake {
                left: 999,
                explained: 0,
            };
            let mut log = Log::default();
            let journal = Journal::open(&path).unwrap();
            (
                analyse(&plan, &mut lab, journal, &mut log).unwrap(),
                log.notes,
            )
        };
        for (settings, computed, table, told) in [
            (&before, 12, 12, 0),
            (&then, 12, 24, 1),
            (&now, 12, 36, 1),
            (&now, 0, 36, 0),
        ] {
            let (outcome, notes) = run(settings);
            assert_eq!((outcome.computed, outcome.table), (computed, table));
            assert_eq!(notes.len(), told, "{notes:?}");
        }
    }

    #[test]
    fn killed_anywhere_it_ends_with_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("undisturbed.csv");
        let (_, _, explained) = run(&path, 999);
        let want = std::fs::read(&path).unwrap();
        for kill_after in 0..explained {
            let path = dir.path().join(format!("{kill_after}.csv"));
            assert_eq!(run(&path, kill_after).0, Err(()));
            // A second kill, or the end where little was left to do.
            let _ = run(&path, kill_after / 2);
            let kept = Journal::open(&path).unwrap().len();
            let (outcome, _, _) = run(&path, 999);
            // No row is lost and none is computed twice.
            assert_eq!(kept + outcome.unwrap().computed, 12);
            assert_eq!(std::fs::read(&path).unwrap(), want);
        }
        // Finished: nothing but what failed is tried again.
        let (outcome, _, _) = run(&path, 999);
        assert_eq!(outcome.unwrap().computed, 0);
    }
}
