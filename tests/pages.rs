//! `--html`: what is in the pages, and in a real browser (where there is one) that their controls move what
//! is drawn.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{goldens, run_ok, saliscope};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn cat() -> PathBuf {
    goldens("explanations").join("cat/picture.png")
}

/// A browser of the Chromium family.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// Moves each control of a page in a browser, as a hand would, and tells the sum of all drawn bytes after
/// each; `None` where there is no browser.
fn moved(page: &Path, moves: &[(&str, &str)]) -> Option<Vec<Value>> {
    let browser = browser()?;
    let html = std::fs::read_to_string(page).unwrap();
    // The page's policy lets no other script run; this one may, in a copy.
    let (head, rest) = html
        .split_once("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    let moves = serde_json::to_string(moves).unwrap();
    let script = format!(
        "<script>(async () => {{
          const soon = () => new Promise(done => setTimeout(done, 50));
          while (document.documentElement.dataset.ready !== 'yes') await soon();
          const drawn = () => {{
            let sum = 7;
            for (const canvas of document.querySelectorAll('.view canvas')) {{
              const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              for (const byte of pixels) sum = (sum * 31 + byte) % 4294967291;
            }}
            return [sum, document.getElementById('said').textContent];
          }};
          const found = [drawn()];
          // Frames come when the browser likes: until something else is drawn, or long enough. The
          // browser's clock runs ahead of a busy machine, so long enough is minutes on it.
          const next = async () => {{
            const [before] = found[found.length - 1];
            for (let i = 0; i < 6000 && drawn()[0] === before; i++) await soon();
            found.push(drawn());
          }};
          for (const [id, value] of {moves}) {{
            const control = document.getElementById(id);
            control.value = value;
            control.dispatchEvent(new Event('input', {{ bubbles: true }}));
            await next();
          }}
          document.querySelector('button[type=reset]').click();
          await next();
          const result = document.createElement('pre');
          result.id = 'found';
          result.textContent = JSON.stringify(found);
          document.body.append(result);
        }})();</script></body></html>"
    );
    let copy = page.with_extension("moved.html");
    std::fs::write(
        &copy,
        format!("{head}{rest}").replace("</body></html>", &script),
    )
    .unwrap();
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            "--virtual-time-budget=36000000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", copy.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = dom
        .split_once("<pre id=\"found\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .unwrap_or_else(|| panic!("the page was not ready: {}", &dom[..dom.len().min(400)]));
    Some(serde_json::from_str(found.0).unwrap())
}

/// All differ but the last, which is the first again.
fn all_move(found: &[Value], moves: usize) {
    assert_eq!(found.len(), moves + 2);
    let sums: Vec<&Value> = found.iter().map(|one| &one[0]).collect();
    for (i, pair) in sums.windows(2).enumerate() {
        assert_ne!(pair[0], pair[1], "move {i}");
    }
    assert_eq!(sums.first(), sums.last());
}

#[test]
fn the_page_of_an_explanation_moves_and_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let arguments = [
        "explain",
        text(&cat()),
        "--method",
        "grad-cam",
        "--out",
        text(&at("out")),
        "--html",
        text(&at("p.html")),
    ]
    .map(str::to_owned);
    run_ok(&arguments);
    // Its own page may be written over.
    run_ok(&arguments);
    let html = std::fs::read_to_string(at("p.html")).unwrap();
    assert!(html.len() < 2_000_000, "{}", html.len());
    assert!(html.contains("Egyptian cat") && html.contains("<option value=\"2\">"));
    let moves = [
        ("opacity", "80"),
        ("top", "20"),
        ("layer", "1"),
        ("colours", "1"),
        ("wipe", "60"),
    ];
    if let Some(found) = moved(&at("p.html"), &moves) {
        all_move(&found, moves.len());
        assert!(found[3][1].as_str().unwrap().contains("speaks for"));
    }
    std::fs::write(at("p.html"), "<!DOCTYPE html><p>mine</p>").unwrap();
    let output = saliscope().args(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_page_of_a_comparison_agrees_with_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let map = |shift: usize| {
        ndarray::Array2::from_shape_fn((60, 50), |(y, x)| ((x * 3 + y * 5 + shift) % 53) as f32)
    };
    saliscope::npy::write(&at("a.npy"), map(0).view()).unwrap();
    saliscope::npy::write(&at("b.npy"), map(2).view()).unwrap();
    let (a, b, page) = (at("a.npy"), at("b.npy"), at("p.html"));
    let compared = |delta: &str| -> f64 {
        let figures = run_ok([
            "compare",
            text(&a),
            text(&b),
            "--delta",
            delta,
            "--json",
            "--html",
            text(&page),
        ]);
        let figures: Value = serde_json::from_str(&figures).unwrap();
        figures["agree"].as_f64().unwrap() * 100.0
    };
    let agree: Vec<f64> = ["5", "30", "120"].into_iter().map(compared).collect();
    let moves = [
        ("delta", "5"),
        ("delta", "30"),
        ("colours", "1"),
        ("top", "10"),
    ];
    if let Some(found) = moved(&page, &moves) {
        // The page begins at the last delta that was asked for.
        for (one, want) in [(0, agree[2]), (1, agree[0]), (2, agree[1])] {
            let said = found[one][1].as_str().unwrap();
            assert!(
                said.starts_with(&format!("{want:.2} % ")),
                "{said}, not {want}"
            );
        }
        all_move(&found, moves.len());
        assert!(found[4][1].as_str().unwrap().contains("IoU"));
    }
}

#[test]
fn the_pages_of_a_change_an_average_and_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    run_ok([
        "what-if",
        text(&cat()),
        "--rectangle",
        "60,60,80,80",
        "--fill",
        "mean",
        "--method",
        "grad-cam",
        "--html",
        text(&at("w.html")),
    ]);
    let moves = [("wipe", "10"), ("wipe", "90"), ("opacity", "0")];
    if let Some(found) = moved(&at("w.html"), &moves) {
        all_move(&found, moves.len());
    }
    let map = ndarray::Array2::from_shape_fn((20, 20), |(y, x)| (x * y) as f32);
    saliscope::npy::write(&at("a.npy"), map.view()).unwrap();
    let other = ndarray::Array2::from_shape_fn((20, 20), |(y, x)| (x + 2 * y) as f32);
    saliscope::npy::write(&at("b.npy"), other.view()).unwrap();
    run_ok([
        "average",
        text(&at("a.npy")),
        text(&at("b.npy")),
        "--out",
        text(&at("mean")),
        "--html",
        text(&at("m.html")),
    ]);
    let html = std::fs::read_to_string(at("m.html")).unwrap();
    assert!(html.contains("Spread (standard deviation)"));
    let moves = [("layer", "1"), ("top", "30"), ("colours", "1")];
    if let Some(found) = moved(&at("m.html"), &moves) {
        all_move(&found, moves.len());
    }
    std::fs::create_dir(at("set")).unwrap();
    std::fs::copy(cat(), at("set/cat.png")).unwrap();
    run_ok([
        "robustness",
        text(&at("set")),
        "--models",
        "squeezenet",
        "--shift",
        "fog:1,fog:4",
        "--method",
        "grad-cam",
        "--out",
        text(&at("r.csv")),
        "--html",
        text(&at("r.html")),
    ]);
    let html = std::fs::read_to_string(at("r.html")).unwrap();
    assert!(html.contains("Who bears it best") && html.contains("\"family\":\"fog\""));
}
