//! Figures and names as they are read: one way for the whole window.

/// Told where there is no network to ask.
pub(crate) const NO_NETWORK: &str = "No network is installed. Run: python3 models/install.py";

/// A share from 0 to 1 in percent: nothing that is there is 0, and nothing that is not all is 100.
pub(crate) fn percent(share: impl Into<f64>) -> String {
    let percent = share.into() * 100.0;
    if percent > 0.0 && percent < 0.1 {
        "< 0.1 %".to_owned()
    } else if percent > 99.9 && percent < 100.0 {
        "> 99.9 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

/// `words` with a capital first letter.
pub(crate) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

/// A library's one-line message as a sentence of its own.
#[must_use]
pub fn sentence(why: &str) -> String {
    // A file's name stays as it is written.
    let is_name = why
        .split(' ')
        .next()
        .is_some_and(|word| word.contains(['.', '/', '\\']));
    let mut text = if is_name {
        why.to_owned()
    } else {
        capitalised(why)
    };
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}
