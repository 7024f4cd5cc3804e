//! How much memory one piece of work may take, and what may stay in memory to save time: told here
//! for the whole program.
//!
//! Work that would need more is refused before anything is allocated, with the figure. A file decides
//! how large its maps and pictures are, and running out of memory ends the program and all that is in
//! it. What stays in memory goes again, the longest unused first.
//!
//! | what stays | at most |
//! |---|---|
//! | sessions of networks that nobody uses now | [`IDLE_SESSIONS`] bytes, and one for each core |
//! | networks that are described | three, without their weights where they are kept on disk |
//! | explanations | [`RESULTS`] bytes |
//! | pictures that the Stylize tab opened | [`PICTURES`] bytes for each of two threads, and one each |
//! | pictures of cells on the graphics device | 64 MB, and those in view |
//!
//! What is kept on disk is told in [`caches`](crate::caches).

#[cfg(any(feature = "window", test))]
use std::collections::VecDeque;
use std::sync::OnceLock;

/// Names another limit, in GiB.
pub const LIMIT_VARIABLE: &str = "SALISCOPE_MEMORY";

/// What one piece of work may take, in bytes, where nothing else is said.
const LIMIT: u64 = 2 << 30;

/// What sessions of ONNX Runtime that nobody uses now may take together, in bytes.
pub const IDLE_SESSIONS: u64 = 384 << 20;
/// What explanations that were made may take in memory, in bytes.
pub const RESULTS: u64 = 64 << 20;
/// What opened pictures may take that a thread remembers, in bytes.
pub const PICTURES: u64 = 128 << 20;

/// Drops from the front of `kept` until what is left takes at most `most` bytes; the last one stays
/// whatever it takes.
#[cfg(any(feature = "window", test))]
pub(crate) fn bound<T>(kept: &mut VecDeque<T>, most: u64, bytes: impl Fn(&T) -> u64) {
    let mut all: u64 = kept.iter().map(&bytes).fold(0, u64::saturating_add);
    while all > most
        && kept.len() > 1
        && let Some(gone) = kept.pop_front()
    {
        all -= bytes(&gone);
    }
}

/// Work that would take too much. One line that says how much, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} would take about {} of memory, more than the {} that one piece of work may take; {instead}, or allow more with {LIMIT_VARIABLE}=GIGABYTES",
    size(*bytes),
    size(*limit)
)]
pub struct TooMuchMemory {
    /// The work.
    pub what: String,
    /// What it would take.
    pub bytes: u64,
    /// What it may take.
    pub limit: u64,
    /// What can be done in its place.
    pub instead: &'static str,
}

/// What one piece of work may take, in bytes.
#[must_use]
pub fn limit() -> u64 {
    static ASKED: OnceLock<u64> = OnceLock::new();
    *ASKED.get_or_init(|| {
        let asked = std::env::var(LIMIT_VARIABLE).ok();
        let gigabytes = asked.and_then(|text| text.trim().parse::<f64>().ok());
        gigabytes
            .filter(|gigabytes| *gigabytes > 0.0)
            .map_or(LIMIT, |gigabytes| (gigabytes * f64::from(1 << 30)) as u64)
    })
}

/// Refuses work that would take more than [`limit`]. `what` begins the message; `instead` says
/// what can be done in its place.
///
/// # Errors
/// When it would.
pub fn allow(what: &str, bytes: u64, instead: &'static str) -> Result<(), TooMuchMemory> {
    let limit = limit();
    if bytes <= limit {
        return Ok(());
    }
    Err(TooMuchMemory {
        what: what.to_owned(),
        bytes,
        limit,
        instead,
    })
}

/// Refuses work on a map of `[height, width]` that takes so many bytes for each of its pixels; see
/// [`allow`]. `what` stands before "maps of ...".
///
/// # Errors
/// As [`allow`].
pub fn allow_pixels(
    what: &str,
    (height, width): (usize, usize),
    bytes_per_pixel: u64,
) -> Result<(), TooMuchMemory> {
    let bytes = (height as u64)
        .saturating_mul(width as u64)
        .saturating_mul(bytes_per_pixel);
    let what = format!("{what} maps of {width} x {height} pixels");
    allow(&what, bytes, "make the maps smaller")
}

/// Refuses work on a picture of `[width, height]` that takes so many bytes for each of its pixels;
/// see [`allow`]. `what` stands before "a picture of ...".
///
/// # Errors
/// As [`allow`].
pub fn allow_picture(
    what: &str,
    (width, height): (u32, u32),
    bytes_per_pixel: u64,
) -> Result<(), TooMuchMemory> {
    let pixels = u64::from(width) * u64::from(height);
    let what = format!("{what} a picture of {width} x {height} pixels");
    let instead = "make the picture smaller";
    allow(&what, pixels.saturating_mul(bytes_per_pixel), instead)
}

/// Bytes in words.
fn size(bytes: u64) -> String {
    if bytes < 1 << 30 {
        format!("{} MB", bytes >> 20)
    } else {
        format!("{:.1} GB", bytes as f64 / f64::from(1 << 30))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_go_and_the_last_stays() {
        let bounded = |most| {
            let mut kept = VecDeque::from([5u64, 1, 2, 3]);
            bound(&mut kept, most, |bytes| *bytes);
            Vec::from(kept)
        };
        assert_eq!(bounded(11), [5, 1, 2, 3]);
        assert_eq!(bounded(10), [1, 2, 3]);
        assert_eq!(bounded(4), [3]);
        assert_eq!(bounded(0), [3]);
    }

    #[test]
    fn too_much_is_told_in_one_line_with_both_figures() {
        assert_eq!(allow("a map", 1 << 20, "crop it"), Ok(()));
        let error = allow("a map", 7 << 29, "crop it").unwrap_err().to_string();
        for part in [
            "a map would take about 3.5 GB",
            "2.0 GB",
            "crop it",
            LIMIT_VARIABLE,
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(error.lines().count(), 1);
        assert_eq!(allow_pixels("the average of", (4000, 6000), 37), Ok(()));
        let error = allow_pixels("the average of", (12_000, 12_001), 37);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("maps of 12001 x 12000 pixels would take about 5.0 GB"),
            "{error}"
        );
    }
}
