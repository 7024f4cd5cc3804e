//! What is written where: nothing a person made is lost, a kill leaves the old or the new, and output that
//! cannot be written ends in exit code 2.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{failing, root, run, run_failing, run_ok, saliscope};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Small pictures in a folder of their own.
fn pictures(folder: &Path, count: u8) -> PathBuf {
    let inside = folder.join("pictures");
    fs::create_dir(&inside).unwrap();
    for i in 0..count {
        let pixels = image::RgbImage::from_fn(40, 40, |x, y| {
            image::Rgb([x as u8 * 6, y as u8 * 6, 60 * i])
        });
        pixels.save(inside.join(format!("p{i}.png"))).unwrap();
    }
    inside
}

/// Every file of a folder.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Which picture an explanation's folder is of, after seeing that all its files belong together.
fn explained(folder: &Path) -> String {
    let names: Vec<String> = content(folder).into_keys().collect();
    let all = [
        "attribution.npy",
        "explanation.json",
        "map.npy",
        "map.png",
        "overlay.png",
        "picture.png",
    ];
    assert_eq!(names, all);
    let read =
        |name: &str| saliscope::saliency::ExplanationRecord::read(&folder.join(name)).unwrap();
    // Reading checks each map against the record's hash.
    let ((record, map), (carried, other)) = (read("explanation.json"), read("overlay.png"));
    assert_eq!(map, other);
    assert_eq!(record.picture.sha256, carried.picture.sha256);
    let plain = saliscope::picture::open(&folder.join("picture.png")).unwrap();
    let of = saliscope::picture::open(Path::new(record.picture.path.as_ref().unwrap())).unwrap();
    assert_eq!(plain.pixels, of.pixels);
    record.picture.name
}

#[test]
fn killed_at_any_moment_explain_leaves_the_old_or_the_new() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 2);
    let out = top.path().join("out");
    let arguments = |i: usize| {
        let picture = inside.join(format!("p{}.png", i % 2));
        let words = [
            "explain",
            text(&picture),
            "--model",
            "squeezenet",
            "--method",
            "gradient",
            "--out",
            text(&out),
        ];
        words.map(str::to_owned)
    };
    run_ok(arguments(0));
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let start = Instant::now();
    run_ok(arguments(1));
    let whole = start.elapsed();
    assert_eq!(fs::read(out.join("notes.txt")).unwrap(), b"mine");
    fs::remove_file(out.join("notes.txt")).unwrap();
    let mut seen = BTreeMap::new();
    let kills = std::env::var("SALISCOPE_KILLS").ok();
    let kills: usize = kills.and_then(|n| n.parse().ok()).unwrap_or(16);
    for i in 0..kills {
        let mut child = saliscope()
            .args(arguments(i))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Later and later; the writing is at the end.
        std::thread::sleep(whole.mul_f64(0.6 + 0.035 * (i % 16) as f64));
        let _ = child.kill();
        child.wait().unwrap();
        *seen.entry(explained(&out)).or_insert(0) += 1;
    }
    // What kills left is gone after the next run.
    run_ok(arguments(0));
    let mut left: Vec<String> = fs::read_dir(top.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["out", "pictures"], "{seen:?}");
    println!("{kills} kills: {seen:?}");
}

#[test]
fn killed_while_it_adds_models_robustness_loses_no_row() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 4);
    let file = top.path().join("r.csv");
    let arguments = |models: &str| {
        let words = [
            "robustness",
            text(&inside),
            "--models",
            models,
            "--shift",
            "fog:1",
            "--method",
            "gradient",
            "--out",
            text(&file),
        ];
        words.map(str::to_owned)
    };
    run_ok(arguments("squeezenet"));
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(first.lines().count(), 9);
    let part = top.path().join("r.csv.part");
    let rows = || fs::read_to_string(&part).map_or(0, |text| text.lines().count());
    let kills = std::env::var("SALISCOPE_KILLS").ok();
    let kills: usize = kills.and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut alive = 0;
    for i in 0..kills {
        // Each other one goes on from where the one before was killed.
        if i % 2 == 0 {
            fs::write(&file, &first).unwrap();
            let _ = fs::remove_file(&part);
        }
        let mut child = saliscope()
            .args(arguments("efficientnet-lite0"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Before its first row, after its second, ... and a little later each time.
        let wanted = rows().max(i % 7);
        while rows() < wanted && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let later = Duration::from_micros(i as u64 * 1_777 % 20_000);
        std::thread::sleep(later);
        alive += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        let now = fs::read_to_string(&file).unwrap();
        assert!(now.starts_with(&first), "kill {i}");
    }
    println!("{kills} kills, {alive} of them while it ran");
    assert!(alive > 0, "no kill came in time");
    run_ok(arguments("efficientnet-lite0"));
    let both = fs::read_to_string(&file).unwrap();
    assert!(both.starts_with(&first) && both.lines().count() == 17);
    // Fewer models, another method: everything stays.
    run_ok(arguments("squeezenet"));
    assert_eq!(fs::read_to_string(&file).unwrap(), both);
    let mut other = arguments("squeezenet").to_vec();
    other[7] = "grad-cam".to_owned();
    let said = run_ok(other);
    assert!(said.contains("16 rows of other"), "{said}");
    assert!(fs::read_to_string(&file).unwrap().starts_with(&both));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 25);
    // Another picture under the same name.
    fs::copy(inside.join("p3.png"), inside.join("p0.png")).unwrap();
    let before = fs::read(&file).unwrap();
    let line = run_failing(arguments("squeezenet"));
    assert!(
        line.contains("picture p0.png") && line.contains("--overwrite"),
        "{line}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
    run_ok(
        arguments("squeezenet")
            .iter()
            .map(String::as_str)
            .chain(["--overwrite"]),
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "each command has its own way to name a result"
)]
fn no_command_writes_over_its_input_or_over_what_others_made() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 2);
    let (picture, theirs) = (inside.join("p0.png"), inside.join("p1.png"));
    let network = root().join("models/installed/squeezenet.onnx");
    let own = top.path().join("net.onnx");
    fs::copy(&network, &own).unwrap();
    let out = top.path().join("out");
    run_ok([
        "explain",
        text(&picture),
        "--method",
        "gradient",
        "--out",
        text(&out),
    ]);
    let map = out.join("map.npy");
    let foreign = top.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("map.npy"), b"\x93NUMPY of somebody").unwrap();
    fs::write(foreign.join("mean.npy"), b"\x93NUMPY of somebody").unwrap();
    fs::write(foreign.join("a.png"), b"\x89PNG of somebody").unwrap();
    fs::write(foreign.join("grad.npy"), b"\x93NUMPY of somebody").unwrap();
    let before = [&inside, &out, &foreign].map(|folder| content(folder));
    let net = fs::read(&own).unwrap();
    // The copy that an explanation's folder has of its picture is an input, too.
    let copy = out.join("picture.png");
    for (arguments, says) in [
        (
            vec![
                "corrupt",
                text(&picture),
                "--name",
                "fog",
                "--out",
                text(&picture),
            ],
            "is an input",
        ),
        (
            vec![
                "corrupt",
                text(&picture),
                "--name",
                "fog",
                "--out",
                text(&theirs),
            ],
            "not made by Saliscope",
        ),
        (
            vec![
                "corrupt",
                text(&picture),
                "--name",
                "fog",
                "--out",
                text(&inside),
            ],
            "no plain file",
        ),
        // A network of our own installer, which is no earlier result.
        (
            vec![
                "corrupt",
                text(&picture),
                "--name",
                "fog",
                "--out",
                text(&own),
            ],
            "not made by Saliscope",
        ),
        (
            vec![
                "models",
                "differentiate",
                text(&network),
                "--out",
                text(&own),
            ],
            "not made by Saliscope",
        ),
        (
            vec![
                "stylize",
                text(&picture),
                text(&theirs),
                "--out",
                text(&map),
            ],
            "not made by Saliscope",
        ),
        (
            vec![
                "stylize",
                text(&picture),
                text(&theirs),
                "--out",
                text(&theirs),
            ],
            "is an input",
        ),
        (
            vec!["models", "differentiate", text(&own), "--out", text(&own)],
            "is an input",
        ),
        (
            vec![
                "explain",
                text(&copy),
                "--method",
                "gradient",
                "--out",
                text(&out),
            ],
            "is an input",
        ),
        (
            vec![
                "explain",
                text(&picture),
                "--method",
                "gradient",
                "--out",
                text(&foreign),
            ],
            "not made by Saliscope",
        ),
        (
            vec![
                "explain",
                text(&picture),
                "--method",
                "gradient",
                "--out",
                text(&own),
            ],
            "no folder",
        ),
        (
            vec!["answer", text(&map), "--out", text(&map)],
            "is an input",
        ),
        (
            vec!["answer", text(&out), "--out", text(&map)],
            "not made by Saliscope",
        ),
        (
            vec!["answer", text(&map), "--out", text(&theirs)],
            "not made by Saliscope",
        ),
        (
            vec!["average", text(&map), "--out", text(&foreign)],
            "not made by Saliscope",
        ),
        (
            vec!["compare", text(&map), text(&map), "--out", text(&foreign)],
            "not made by Saliscope",
        ),
        (
            vec![
                "gradient",
                text(&own),
                "--input",
                text(&map),
                "--targets",
                "1",
                "--out",
                text(&foreign),
            ],
            "not made by",
        ),
        (
            vec![
                "robustness",
                text(&inside),
                "--models",
                "squeezenet",
                "--shift",
                "fog:1",
                "--out",
                text(&theirs),
            ],
            "choose a name that ends in .csv",
        ),
    ] {
        let line = run_failing(&arguments);
        assert!(line.contains(says), "{arguments:?}: {line}");
    }
    assert_eq!(
        [&inside, &out, &foreign].map(|folder| content(folder)),
        before
    );
    assert_eq!(fs::read(&own).unwrap(), net);

    // An average of maps that lie where it would write.
    let average = top.path().join("average");
    run_ok(["average", text(&map), "--out", text(&average)]);
    let mean = average.join("mean.npy");
    let line = run_failing(["average", text(&mean), text(&map), "--out", text(&average)]);
    assert!(line.contains("mean.npy is an input"), "{line}");
    // Its own results are written anew, and others' where a person says so.
    run_ok(["average", text(&map), text(&map), "--out", text(&average)]);
    let comparison = top.path().join("comparison");
    for _ in 0..2 {
        run_ok([
            "compare",
            text(&map),
            text(&mean),
            "--out",
            text(&comparison),
        ]);
        run_ok([
            "answer",
            text(&map),
            "--out",
            text(&top.path().join("answer.png")),
        ]);
    }
    run_ok([
        "corrupt",
        text(&picture),
        "--name",
        "fog",
        "--out",
        text(&theirs),
        "--overwrite",
    ]);
}

#[test]
fn a_map_of_another_record_is_told() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 2);
    let outs = ["one", "two"].map(|name| top.path().join(name));
    for (i, out) in outs.iter().enumerate() {
        let picture = inside.join(format!("p{i}.png"));
        run_ok([
            "explain",
            text(&picture),
            "--model",
            "squeezenet",
            "--method",
            "gradient",
            "--out",
            text(out),
        ]);
    }
    fs::copy(outs[1].join("map.npy"), outs[0].join("map.npy")).unwrap();
    for folder in [outs[0].clone(), outs[0].join("explanation.json")] {
        let line = run_failing(["compare", text(&folder), text(&outs[1])]);
        assert!(line.contains("another map than map.npy"), "{line}");
    }
    run_ok(["compare", text(&outs[0].join("map.npy")), text(&outs[1])]);
    run_ok([
        "compare",
        text(&outs[0].join("overlay.png")),
        text(&outs[1]),
    ]);
}

/// `/dev/full` takes no byte; opened for writing here, never named as a result.
#[cfg(target_os = "linux")]
fn full() -> Stdio {
    Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_exit_2_and_the_work_is_kept() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 2);
    fs::write(inside.join("broken.png"), "no picture").unwrap();
    let file = top.path().join("r.csv");
    let robustness = [
        "robustness",
        text(&inside),
        "--models",
        "squeezenet",
        "--shift",
        "fog:1",
        "--method",
        "gradient",
        "--out",
        text(&file),
    ];
    let predict = ["predict", text(&inside), "--model", "squeezenet"];
    // Notes that cannot be said: the work goes on to its end.
    let done = saliscope().args(predict).stderr(full()).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(done.stdout)
            .unwrap()
            .matches(".png")
            .count(),
        2
    );
    let done = saliscope()
        .args(robustness)
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 5);
    // Nobody at the other end of the pipe.
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let done = saliscope().args(predict).stderr(closed()).output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let done = saliscope().args(predict).stdout(closed()).output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let done = saliscope().args(predict).stdout(full()).output().unwrap();
    assert!(failing(&run(["predict", "nothing.png"])).contains("nothing.png"));
    assert_eq!(done.status.code(), Some(2));
    let done = saliscope()
        .args(["predict", "nothing.png"])
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(done.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn robustness_goes_on_past_a_file_that_cannot_be_read() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 1);
    // Rights do not stop a superuser: a link to itself does.
    std::os::unix::fs::symlink("loop.png", inside.join("loop.png")).unwrap();
    let file = top.path().join("r.csv");
    let done = run([
        "robustness",
        text(&inside),
        "--models",
        "squeezenet",
        "--shift",
        "fog:1",
        "--method",
        "gradient",
        "--out",
        text(&file),
    ]);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[cfg(unix)]
#[test]
fn names_from_outside_do_nothing_to_a_terminal() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 1);
    for name in [
        "two\nlines.png",
        "\u{1b}[2Jclear.png",
        "=cmd|calc.png",
        "\u{1b}]0;title\u{7}.png",
    ] {
        fs::copy(inside.join("p0.png"), inside.join(name)).unwrap();
    }
    let long = format!("{}.png", "long".repeat(60));
    fs::write(inside.join(&long), "no picture").unwrap();
    fs::write(inside.join("no\u{1b}[31m\npicture.png"), "no picture").unwrap();
    let labels = top.path().join("labels.txt");
    let names: Vec<String> = (0..1000)
        .map(|i| format!("\u{1b}[2Jclass\u{0}{i}"))
        .collect();
    let names = names.join("\n") + "\n";
    fs::write(&labels, names).unwrap();
    let done = run([
        "predict",
        text(&inside),
        "--model",
        "squeezenet",
        "--labels",
        text(&labels),
        "--top",
        "1",
    ]);
    assert_eq!(done.status.code(), Some(0));
    let (said, told) = (
        String::from_utf8(done.stdout).unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    );
    let acts = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    assert!(!acts(&said) && !acts(&told), "{said:?} {told:?}");
    // A path and an answer for each of five pictures, a note for each of two others.
    assert_eq!(
        (said.lines().count(), told.lines().count()),
        (10, 2),
        "{said} {told}"
    );
    assert!(
        said.lines()
            .chain(told.lines())
            .all(|line| line.chars().count() <= 300)
    );
    assert!(said.contains("two\\u{a}lines.png") && said.contains("\\u{1b}[2Jclass\\u{0}"));
    let json = run_ok([
        "predict",
        text(&inside),
        "--model",
        "squeezenet",
        "--labels",
        text(&labels),
        "--json",
    ]);
    assert!(!acts(&json));
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let paths: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    assert!(
        paths.iter().any(|path| path.ends_with("two\nlines.png")),
        "{paths:?}"
    );

    let file = top.path().join("r.csv");
    run_ok([
        "robustness",
        text(&inside),
        "--models",
        "squeezenet",
        "--shift",
        "fog:1",
        "--method",
        "gradient",
        "--out",
        text(&file),
    ]);
    let table = fs::read_to_string(&file).unwrap();
    assert!(!acts(&table) && !table.contains("\n=") && table.contains("\n'=cmd|calc.png,"));
    assert_eq!(table.lines().count(), 11);
    let rows = saliscope::compare::robustness::Journal::read(&file).unwrap();
    assert!(rows.iter().any(|row| row.key.picture == "two\nlines.png"));
    assert!(rows.iter().any(|row| row.key.picture == "=cmd|calc.png"));
}

#[test]
fn without_a_home_the_work_is_done_all_the_same() {
    let top = tempfile::tempdir().unwrap();
    let inside = pictures(top.path(), 1);
    let picture = inside.join("p0.png");
    // A file where the folders would be made: no rights can make them.
    let blocked = top.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    let mut command = saliscope();
    command.env("SALISCOPE_DATA", &blocked);
    let done = command
        .args(["predict", text(&picture), "--model", "squeezenet"])
        .output()
        .unwrap();
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let mut command = saliscope();
    for name in ["SALISCOPE_DATA", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    let temporary = top.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    command
        .env("TMPDIR", &temporary)
        .env("TMP", &temporary)
        .env("TEMP", &temporary);
    command.env("HOME", &blocked);
    let out = top.path().join("out");
    let arguments = [
        "explain",
        text(&picture),
        "--model",
        "squeezenet",
        "--method",
        "gradient",
        "--out",
        text(&out),
    ];
    let done = command.args(arguments).output().unwrap();
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    explained(&out);
}
