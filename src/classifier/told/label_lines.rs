//! Class names that stand one on a line.

use super::label_text::{Names, ordered};

/// One name a line. Numbers that only count the lines, ImageNet's synset ids, and what else stands
/// about every name are cut off, and that is said.
pub(super) fn of_lines(text: &str) -> Names {
    // Old Macs end a line with a carriage return alone.
    let text = if text.contains('\n') {
        text.to_owned()
    } else {
        text.replace('\r', "\n")
    };
    let mut lines: Vec<&str> = text.trim_end().lines().map(str::trim).collect();
    let mut notes = Vec::new();
    let comments = lines.iter().take_while(|line| line.starts_with("# "));
    let comments = comments.count();
    if comments > 0 && comments < lines.len() {
        notes.push("the lines before its names that begin with # are left away".to_owned());
        lines.drain(..comments);
    }
    if let [line] = lines.as_slice()
        && line.contains(',')
    {
        notes.push("the names on its one line are taken apart at the commas".to_owned());
        lines = line
            .trim_end_matches(',')
            .split(',')
            .map(str::trim)
            .collect();
    }
    if let Some(inner) = between_quotes(&lines) {
        notes.push("the quotation marks and commas about its names are left away".to_owned());
        lines = inner;
    }
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    if let Some(names) = counted(&lines) {
        notes.push("the numbers before its names are left away".to_owned());
        return Names { names, notes };
    }
    if let Some(names) = counted_behind(&lines) {
        notes.push("the numbers behind its names are left away".to_owned());
        return Names { names, notes };
    }
    let filled = || lines.iter().filter(|line| !line.is_empty());
    if filled().count() > 0 && filled().all(|line| synset(line).is_some_and(|n| !n.is_empty())) {
        let names: Vec<&str> = lines.iter().map(|l| synset(l).unwrap_or(l)).collect();
        notes.push("the synset ids before its names are left away".to_owned());
        if let Some(names) = counted(&names) {
            return Names { names, notes };
        }
        return Names {
            names: owned(names),
            notes,
        };
    }
    Names {
        names: owned(lines),
        notes,
    }
}

/// The names of `item { id: 1 name: 'rust' }`, as TensorFlow's label maps have them.
pub(super) fn of_items(text: &str) -> Option<Names> {
    let mut pairs = Vec::new();
    for item in text.split("item").skip(1) {
        let field = |name: &str| {
            item.lines()
                .flat_map(|line| line.split(','))
                .find_map(|line| {
                    let line = line.trim().trim_start_matches('{').trim();
                    let value = line.strip_prefix(name)?.trim_start().strip_prefix(':')?;
                    Some(value.trim().trim_end_matches('}').trim())
                })
        };
        let name = field("display_name").or_else(|| field("name"))?;
        let name = name.trim_matches(['\'', '"']).to_owned();
        pairs.push((field("id")?.parse().ok()?, name));
    }
    Some(Names {
        names: ordered(pairs)?,
        notes: Vec::new(),
    })
}

/// What stands between quotation marks, or before a comma at the end, on every line.
fn between_quotes<'a>(lines: &[&'a str]) -> Option<Vec<&'a str>> {
    let last = lines.len().checked_sub(1).filter(|last| *last > 0)?;
    // The last of a list needs no comma.
    let commas = lines
        .iter()
        .enumerate()
        .all(|(at, line)| line.ends_with(',') || at == last);
    let bare = |line: &&'a str| -> &'a str {
        if commas {
            line.trim_end_matches(',')
        } else {
            line
        }
    };
    let bare: Vec<&str> = lines.iter().map(bare).collect();
    let quoted = ['"', '\''].into_iter().find_map(|mark| {
        let inner = |line: &&'a str| line.strip_prefix(mark)?.strip_suffix(mark);
        bare.iter().map(inner).collect::<Option<Vec<_>>>()
    });
    quoted.or_else(|| commas.then_some(bare))
}

pub(super) fn is_synset(text: &str) -> bool {
    text.len() == 9 && text.starts_with('n') && text.chars().skip(1).all(|c| c.is_ascii_digit())
}

/// What stands after a synset id.
fn synset(line: &str) -> Option<&str> {
    let id = line.get(..9).filter(|id| is_synset(id))?;
    let rest = line.get(id.len()..)?;
    rest.is_empty()
        .then_some("")
        .or_else(|| rest.strip_prefix([' ', '\t', ',', ':']).map(str::trim))
}

/// Names whose lines all begin with a number that counts them, from 0 or 1, in any order.
fn counted(lines: &[&str]) -> Option<Vec<String>> {
    let mut pairs = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let digits = line.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = line.split_at_checked(digits)?;
        let number = number.parse::<usize>().ok()?;
        let name = rest.strip_prefix([' ', '\t', ':', ',', ';', '.', ')', '=', '|'])?;
        let name = name
            .trim_start_matches([' ', '\t', ':', '-', '=', '>'])
            .trim();
        if name.is_empty() {
            return None;
        }
        pairs.push((number, name.trim_matches('"').to_owned()));
    }
    (pairs.len() > 1).then(|| ordered(pairs)).flatten()
}

/// Names whose lines all end with a number that counts them; but not "Class 1", "Class 2", which
/// only the number tells apart.
fn counted_behind(lines: &[&str]) -> Option<Vec<String>> {
    let mut pairs = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let (name, number) = line.rsplit_once([' ', '\t', ',', ':', ';'])?;
        let name = name.trim_end_matches([' ', '\t', ',', ':', ';']);
        if name.is_empty() {
            return None;
        }
        pairs.push((number.parse::<usize>().ok()?, name.to_owned()));
    }
    let names: std::collections::HashSet<&String> = pairs.iter().map(|(_, name)| name).collect();
    (pairs.len() > 1 && names.len() == pairs.len())
        .then(|| ordered(pairs))
        .flatten()
}
