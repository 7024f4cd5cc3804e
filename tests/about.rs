//! What the program tells about itself: version, licences, guide, manual, completions.

use serde_json::Value;

use crate::support::{root, run_failing, run_ok, saliscope};

#[test]
fn the_version_names_runtime_models_and_licences() {
    let told = run_ok(["--version"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines[0],
        format!("saliscope {}", env!("CARGO_PKG_VERSION")),
        "{told}"
    );
    // A number, not the branch that the library was built from.
    let runtime = lines[1].strip_prefix("runtime   ONNX Runtime ").unwrap();
    let number = runtime.split(',').next().unwrap();
    assert!(
        number.split('.').count() == 3 && number.split('.').all(|part| part.parse::<u32>().is_ok()),
        "{told}"
    );
    assert!(lines[2].contains("efficientnet-lite0"), "{told}");
    assert!(lines[3].contains("MIT OR Apache-2.0"), "{told}");
    assert_eq!(run_ok(["-V"]), told);
}

#[test]
fn without_a_runtime_the_version_says_what_to_do() {
    let output = saliscope()
        .env("ORT_DYLIB_PATH", "no-such-library.so")
        .arg("--version")
        .output()
        .unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("no-such-library.so") && told.contains("install.py"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 4, "{told}");
}

#[test]
fn licences_are_listed_with_their_texts() {
    let parts: Vec<Value> = serde_json::from_str(&run_ok(["licences", "--json"])).unwrap();
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    for name in ["ONNX Runtime", "EfficientNet-Lite0", "Cat", "Inter 4.1"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let list = run_ok(["licences"]);
    assert_eq!(list.lines().count(), parts.len());
    let texts = run_ok(["licences", "--texts"]);
    assert!(texts.starts_with(&list));
    for words in [
        "Permission is hereby granted, free of charge",
        "Apache License",
        "SIL OPEN FONT LICENSE",
        "creativecommons.org/licenses/by/2.0",
    ] {
        assert!(texts.contains(words), "no text with {words:?}");
    }
}

#[test]
fn the_guide_lies_where_it_says() {
    let path = run_ok(["guide", "--path"]);
    let guide = std::fs::read_to_string(path.trim()).unwrap();
    assert!(guide.contains("The first ten minutes"));
}

#[test]
fn manual_and_completions_know_the_commands() {
    let pages = run_ok(["manual"]);
    assert!(pages.lines().any(|page| page == "saliscope-explain"));
    let page = run_ok(["manual", "saliscope-explain"]);
    assert!(page.contains(".SH NAME\nsaliscope\\-explain"), "{page}");
    assert!(run_failing(["manual", "saliscope-nosuch"]).contains("saliscope manual"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            run_ok(["completions", shell]).contains("check-map"),
            "{shell}"
        );
    }
}

/// The guide's commands, each as the words after `saliscope`.
fn told_commands() -> Vec<Vec<String>> {
    let guide = std::fs::read_to_string(root().join("assets/guide/guide.html")).unwrap();
    let mut commands = Vec::new();
    for code in guide.split("<code>").skip(1) {
        let code = code.split("</code>").next().unwrap();
        for line in code.lines() {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            if let Some(at) = words.iter().position(|word| word == "saliscope") {
                commands.push(words[at + 1..].to_vec());
            }
        }
    }
    commands
}

#[test]
fn every_command_and_option_that_the_guide_tells_is_there() {
    let commands = told_commands();
    assert!(commands.len() > 25, "{}", commands.len());
    let help = run_ok(["--help"]);
    let listed = |help: &str, name: &str| {
        help.lines()
            .any(|line| line.split_whitespace().next() == Some(name))
    };
    for words in commands {
        let mut path: Vec<&str> = Vec::new();
        let mut known = help.clone();
        for word in &words {
            let is_name =
                !word.starts_with('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if !is_name || !listed(&known, word) {
                break;
            }
            path.push(word);
            known = run_ok(path.iter().copied().chain(["--help"]));
        }
        let first = words.first().map_or("", String::as_str);
        let is_command =
            !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(
            !is_command || first.starts_with("--") || !path.is_empty(),
            "saliscope {first}"
        );
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(
                known.contains(option.as_str()),
                "saliscope {} {option}",
                path.join(" ")
            );
        }
    }
}

#[test]
fn the_guide_has_a_place_for_each_tab_and_goes_where_it_says() {
    let guide = std::fs::read_to_string(root().join("assets/guide/guide.html")).unwrap();
    for tab in [
        "See why",
        "Stylize",
        "Similarity",
        "Models",
        "Explain",
        "Collection",
    ] {
        let heading = format!("\">{tab}");
        assert!(guide.contains(&heading), "{tab}");
    }
    for link in guide.split("href=\"#").skip(1) {
        let name = link.split('"').next().unwrap();
        assert!(guide.contains(&format!("id=\"{name}\"")), "#{name}");
    }
    assert!(!guide.contains("src=\"http") && !guide.contains("href=\"http"));
}
