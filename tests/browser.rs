//! Pages that the program writes, attacked through every text of others in them, in a real browser.
//! Skipped where there is no Chromium.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use image::RgbImage;
use saliscope::compare::robustness::{Key, Report, ReportCell, ReportLine, Row};

/// What a browser's scripts can reach is marked by this when an attack gets through.
const MARK: &str = "document.documentElement.id='reached'";

/// The browser, where there is one.
fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            let tried = Command::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            tried.is_ok_and(|status| status.success())
        })
}

/// The page after the browser has read it and run what is to be run.
fn shown(browser: &str, folder: &Path, page: &str) -> String {
    let file = folder.join("page.html");
    fs::write(&file, page).unwrap();
    let done = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("user").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(done.stdout).unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(dom.contains("</html>"), "the browser gave no page: {told}");
    dom
}

fn is_reached(dom: &str) -> bool {
    let (_, html) = dom.split_once("<html").unwrap();
    let (tag, _) = html.split_once('>').unwrap();
    tag.contains("reached")
}

/// Texts that become part of a page, each where another place does not escape.
fn attacks(port: u16) -> Vec<String> {
    [
        "<script>MARK</script>",
        "\"><script>MARK</script>",
        "'><img src=x onerror=\"MARK\">",
        "\" onload=\"MARK\" onerror=\"MARK\" x=\"",
        "</title><script>MARK</script>",
        "</style><script>MARK</script><style>",
        "--><script>MARK</script><!--",
        "</table></div><svg onload=\"MARK\">",
        "<iframe srcdoc=\"<script>parent.MARK</script>\"></iframe>",
        "<details open ontoggle=\"MARK\">",
        "&lt;script&gt;MARK&lt;/script&gt;",
        "<img src=\"http://127.0.0.1:PORT/a\"><link rel=stylesheet href=\"http://127.0.0.1:PORT/b\">",
        "<style>body{background:url(http://127.0.0.1:PORT/c)}</style>",
        "<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:PORT/d\">",
    ]
    .map(|text| text.replace("MARK", MARK).replace("PORT", &port.to_string()))
    .into()
}

fn attacked(texts: &[String]) -> Report {
    let cell = |text: &String| {
        Ok(ReportCell {
            picture: RgbImage::new(2, 2),
            row: Row {
                key: Key {
                    picture: text.clone(),
                    picture_sha256: text.clone(),
                    model: text.clone(),
                    model_sha256: text.clone(),
                    shift: text.clone(),
                    settings: text.clone(),
                },
                class: 1,
                label: text.clone(),
                probability: 0.5,
                original_class: 1,
                original_probability: 0.5,
                agree: 0.5,
                iou: 0.5,
                spearman: Some(0.5),
                ssim: None,
                emd: 0.1,
            },
        })
    };
    let line = |text: &String| ReportLine {
        name: text.clone(),
        picture: RgbImage::new(2, 2),
        cells: vec![cell(text), Err(text.clone())],
    };
    Report {
        title: texts.concat(),
        about: texts.to_vec(),
        columns: texts.iter().map(|t| (t.clone(), t.clone())).collect(),
        lines: texts.iter().map(line).collect(),
    }
}

#[test]
fn no_text_of_others_runs_in_a_report_or_reaches_out_of_it() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: there is no Chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let texts = attacks(listener.local_addr().unwrap().port());
    let page = attacked(&texts).html().unwrap();
    // The page forbids all scripts; without that, escaping alone has to hold.
    let (before, after) = page
        .split_once("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let open = format!("{before}{}", after.split_once('>').unwrap().1);
    let dom = shown(browser, folder.path(), &open);
    assert!(!is_reached(&dom), "a text became a script");
    assert!(listener.accept().is_err(), "the page reached out");
    // All of it is there to be read.
    // Two heads, a rank for each network, a line for each version.
    assert_eq!(dom.matches("<tr>").count(), 2 + 2 * texts.len());
    assert!(dom.contains("&lt;script&gt;document.documentElement.id"));

    // The attacks are real: what is not escaped gets through, but not where scripts are forbidden.
    let scripts: String = texts
        .into_iter()
        .filter(|text| text.contains(MARK))
        .collect();
    let raw = |page: &str| page.replacen("<body>", &format!("<body>{scripts}"), 1);
    assert!(is_reached(&shown(browser, folder.path(), &raw(&open))));
    assert!(!is_reached(&shown(browser, folder.path(), &raw(&page))));
}
