//! Speech for a machine without a voice: each line that visitors may hear as a file of its own, spoken once
//! by an engine or, better, by a person. Nothing is needed at the exhibit but a player.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::bake::BAKE;
use super::error::ExhibitError;
use crate::files::write_atomic;

/// Where what was spoken lies, as seen from the folder of what is prepared.
const SPEECH: &str = "speech";
/// The list of what is to be spoken, in the folder of each language.
const LINES: &str = "lines.tsv";
/// Where a line may be cut when it was not spoken as a whole.
const CUTS: [&str; 4] = [". ", " \u{b7} ", ": ", ", "];

/// The folder of a language.
fn folder(exhibit: &Path, language: &str) -> PathBuf {
    exhibit
        .join(BAKE)
        .join(SPEECH)
        .join(crate::files::file_name(language))
}

/// The name of what was spoken of a line.
fn clip(line: &str) -> String {
    let sum: String = crate::files::sha256(line.as_bytes())
        .chars()
        .take(16)
        .collect();
    format!("{sum}.wav")
}

/// The pieces of a line that `is_there` knows, in their order; what it does not know is left out.
pub(super) fn pieces<'l>(line: &'l str, is_there: &dyn Fn(&str) -> bool) -> Vec<&'l str> {
    let line = line.trim();
    let plain = line.trim_end_matches('.');
    if let Some(known) = [line, plain].into_iter().find(|line| is_there(line)) {
        return vec![known];
    }
    // The sentence before its end is known with its full stop.
    let cut = CUTS.iter().find_map(|cut| {
        let at = line.find(cut)?;
        let keeps = usize::from(*cut == ". ");
        Some((line.get(..at + keeps)?, line.get(at + cut.len()..)?))
    });
    let Some((before, after)) = cut else {
        return Vec::new();
    };
    let mut all = pieces(before, is_there);
    all.extend(pieces(after, is_there));
    all
}

/// What is to be played for a text whose lines are separated by line breaks.
#[must_use]
pub fn clips(exhibit: &Path, language: &str, text: &str) -> Vec<PathBuf> {
    let folder = folder(exhibit, language);
    let is_there = |line: &str| folder.join(clip(line)).is_file();
    let lines = text.lines().flat_map(|line| pieces(line, &is_there));
    lines.map(|line| folder.join(clip(line))).collect()
}

/// Writes the list of what is to be spoken in a language, and lets `speak` make what is missing; what is
/// there stays, whoever spoke it. Gives how many lines were made and how many are there.
///
/// # Errors
/// When the list cannot be written, or `speak` fails.
pub fn bake_speech(
    exhibit: &Path,
    language: &str,
    lines: &BTreeSet<String>,
    speak: &mut dyn FnMut(&str, &Path) -> io::Result<()>,
) -> Result<(usize, usize), ExhibitError> {
    let folder = folder(exhibit, language);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ExhibitError::Io { path, source }
    };
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let mut list = String::new();
    for line in lines {
        let _ = writeln!(list, "{}\t{line}", clip(line));
    }
    let path = folder.join(LINES);
    write_atomic(&path, |file| io::Write::write_all(file, list.as_bytes())).map_err(io(&path))?;
    let (mut made, mut there) = (0, 0);
    for line in lines {
        let path = folder.join(clip(line));
        if !path.is_file() {
            // A file that is half written is never played.
            let part = path.with_extension("part");
            speak(line, &part).map_err(io(&part))?;
            if !part.is_file() {
                continue;
            }
            std::fs::rename(&part, &path).map_err(io(&path))?;
            made += 1;
        }
        there += 1;
    }
    Ok((made, there))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spoken_is_found_again_whole_or_in_pieces_and_a_persons_voice_stays() {
        let dir = tempfile::tempdir().unwrap();
        let lines: BTreeSet<String> = ["Well played!", "One star", "12 points", "Go on."]
            .map(str::to_owned)
            .into();
        let mut spoken = Vec::new();
        let mut speak = |line: &str, path: &Path| {
            spoken.push(line.to_owned());
            std::fs::write(path, line)
        };
        let all = bake_speech(dir.path(), "en", &lines, &mut speak).unwrap();
        assert_eq!(all, (4, 4));
        assert_eq!(spoken.len(), 4);
        let heard = |text: &str| -> Vec<String> {
            let clips = clips(dir.path(), "en", text);
            clips
                .iter()
                .map(|clip| std::fs::read_to_string(clip).unwrap())
                .collect()
        };
        assert_eq!(heard("Well played!"), ["Well played!"]);
        assert_eq!(
            heard("One star, 12 points\nGo on. Well played!\nunheard of"),
            ["One star", "12 points", "Go on.", "Well played!"]
        );
        assert!(clips(dir.path(), "de", "Go on.").is_empty());
        // Somebody spoke it better.
        std::fs::write(&clips(dir.path(), "en", "Go on.")[0], "by a person").unwrap();
        let mut more = lines.clone();
        more.insert("New.".to_owned());
        let mut speak = |_: &str, path: &Path| std::fs::write(path, "engine");
        assert_eq!(
            bake_speech(dir.path(), "en", &more, &mut speak).unwrap(),
            (1, 5)
        );
        assert_eq!(heard("Go on. New."), ["by a person", "engine"]);
        let list = dir.path().join("bake/speech/en").join(LINES);
        let list = std::fs::read_to_string(list).unwrap();
        assert!(
            list.lines().count() == 5 && list.contains("\tGo on.\n"),
            "{list}"
        );
        // Without a voice there is the list, to be spoken by somebody.
        let mut none = |_: &str, _: &Path| Ok(());
        assert_eq!(
            bake_speech(dir.path(), "fr", &more, &mut none).unwrap(),
            (0, 0)
        );
    }
}
