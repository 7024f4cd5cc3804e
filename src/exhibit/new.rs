//! A new exhibit's folder, ready to be filled.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::ExhibitError;
use super::manifest::{EXAMPLE_LICENCE, MANIFEST};
use super::texts::built_in;
use crate::files::{file_name, write_atomic};

/// Makes an exhibit in `folder`, which must be new or empty: `exhibit.toml` with every setting
/// explained, a copy of each of `pictures` and the texts in all languages, each line a comment. Gives
/// what is to be done next, line by line.
///
/// # Errors
/// [`ExhibitError::NotEmpty`], [`ExhibitError::Picture`] for what is no picture, or when something
/// cannot be written.
pub fn new(folder: &Path, pictures: &[PathBuf]) -> Result<Vec<String>, ExhibitError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ExhibitError::Io { path, source }
    };
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(io(folder)(error)),
    };
    if !is_empty {
        return Err(ExhibitError::NotEmpty(folder.to_owned()));
    }
    let mut entries = String::new();
    let mut taken = std::collections::HashSet::new();
    let mut copies = Vec::new();
    for path in pictures {
        let picture = crate::picture::open(path)?;
        let original = path.file_name().unwrap_or_default().to_string_lossy();
        let mut name = file_name(&original);
        while !taken.insert(name.to_lowercase()) {
            name = format!("another {name}");
        }
        entries += &entry(&format!("pictures/{name}"), &picture.name);
        copies.push((path, folder.join("pictures").join(name)));
    }
    if pictures.is_empty() {
        for line in entry("pictures/fox.jpg", "Fox").lines() {
            entries += if line.is_empty() { "" } else { "# " };
            entries += line;
            entries.push('\n');
        }
    }
    std::fs::create_dir_all(folder.join("pictures")).map_err(io(folder))?;
    let write = |path: PathBuf, bytes: &[u8]| {
        write_atomic(&path, |file| file.write_all(bytes)).map_err(io(&path))
    };
    for (from, to) in copies {
        let bytes = crate::files::read(from, crate::picture::MAX_BYTES).map_err(io(from))?;
        write(to, &bytes)?;
    }
    for language in built_in() {
        let text: String = super::texts::source_of(language)
            .lines()
            .map(|line| {
                if line.is_empty() || line.starts_with('#') {
                    format!("{line}\n")
                } else {
                    format!("# {line}\n")
                }
            })
            .collect();
        write(
            folder.join(format!("texts/{language}.ftl")),
            text.as_bytes(),
        )?;
    }
    let id = folder.file_name().unwrap_or_default().to_string_lossy();
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .take(60)
        .collect();
    let id = if id.is_empty() {
        "exhibit".to_owned()
    } else {
        id
    };
    let manifest = TEMPLATE
        .replace("{id}", &id)
        .replace("{pictures}", &entries);
    write(folder.join(MANIFEST), manifest.as_bytes())?;
    let at = folder.display();
    Ok(vec![
        format!("made {at}"),
        format!("1. put pictures into {at}/pictures and name each in {at}/{MANIFEST}"),
        format!("2. saliscope exhibit check {at}"),
        format!("3. saliscope exhibit bake {at}"),
    ])
}

fn entry(file: &str, name: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    format!(
        "\n[[picture]]\nfile = {}\nlicence = \"{EXAMPLE_LICENCE}\"\ntitle = {{ en = {} }}\nalt = {{ en = {} }}\n# after = {{ en = \"Read after the reveal, 50 words at most.\" }}\n# level = \"auto\"                   # easy, medium, hard\n",
        quoted(file),
        quoted(name),
        quoted(name)
    )
}

const TEMPLATE: &str = r#"format = 1
id = "{id}"                          # names the board; the daily challenge depends on it
title = { en = "What does the computer see?" }
languages = ["en"]                   # the first is where it starts; en de fr es it nl come along
# utc_offset = "+01:00"              # how far your clock is ahead of UTC in winter: a day begins at 04:00
# summer_time = "none"               # none, europe, north-america

[screen]                             # millimetres: sizes of texts and buttons follow from them
# width_mm = 598
# viewing_mm = 600                   # from where it is looked at
# bottom_mm = 850                    # from the floor to the lower edge

[times]                              # seconds
# idle_play = 45
# idle_read = 60
# countdown = 30
# round = 0                          # 0: no limit
# open = ["00:00-24:00"]             # dark otherwise; such as ["Tu-Su 10:00-18:00", "We 18:00-20:00"]

[play]
# modes = ["single"]                 # single, duel, side-by-side, daily, class
# prompts = ["network"]              # network: where did the AI look; own-eyes: what do you need
# models = ["efficientnet-lite0"]    # the network that is asked about; see: saliscope models
# method = "xrai"
# opponents = ["centre"]             # centre, crowd (all visitors so far), or another network
# rooms=["see-why", "stylize", "what-if"]  # screens beside the game: why another answer; pictures in another skin; parts covered
# rounds = 3
# grid = 6                           # a class calls fields: 4, 6 or 8 along each side
# board = "generated"                # none, generated, initials
# share = "qr-text"                  # none, qr-text

[access]
# speech = true
# switch = true

[log]
# strokes = true
# keep_days = 0                      # 0: all; else only the last so many days of use

[labels]                             # what the network says, in your visitors' words
# "tabby" = { de = "Tigerkatze", fr = "chat tigré" }
{pictures}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exhibit::fault::Faults;
    use crate::exhibit::manifest;

    #[test]
    fn a_new_folder_is_an_exhibit_without_faults_but_for_its_pictures() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("museum of \"X\"");
        let picture = dir.path().join("a \"fox\".png");
        image::RgbImage::new(30, 20).save(&picture).unwrap();
        let next = new(&folder, &[picture.clone(), picture]).unwrap();
        assert!(next.iter().any(|line| line.contains("exhibit check")));
        let text = std::fs::read_to_string(folder.join(MANIFEST)).unwrap();
        let mut faults = Faults::of(MANIFEST);
        let exhibit = manifest::read(&text, &mut faults);
        // The licence is theirs to write, and what is to be seen.
        let (advice, wrong): (Vec<_>, Vec<_>) = faults.found.into_iter().partition(|f| f.advice);
        assert_eq!((advice.len(), wrong), (4, Vec::new()));
        assert_eq!(exhibit.id, "museumofX");
        assert_eq!(exhibit.pictures.len(), 2);
        for entry in &exhibit.pictures {
            assert!(folder.join(&entry.file).is_file(), "{}", entry.file);
        }
        // Every setting that is shown is one, with the value it has without the line.
        let mut shown = String::new();
        for line in text.lines() {
            let setting = line
                .strip_prefix("# ")
                .filter(|l| l.contains(" = ") && !l.contains("after"));
            shown += setting.unwrap_or(line);
            shown.push('\n');
        }
        let mut faults = Faults::of(MANIFEST);
        let same = manifest::read(&shown, &mut faults);
        assert!(
            faults.found.iter().all(|fault| fault.advice),
            "{:?}",
            faults.found
        );
        assert_eq!(
            manifest::Exhibit {
                utc_offset: 0,
                ..same
            }
            .play,
            exhibit.play
        );
        assert!(matches!(new(&folder, &[]), Err(ExhibitError::NotEmpty(_))));
        for language in built_in() {
            let text =
                std::fs::read_to_string(folder.join(format!("texts/{language}.ftl"))).unwrap();
            assert!(
                text.lines()
                    .all(|line| line.is_empty() || line.starts_with('#'))
            );
        }
    }
}
