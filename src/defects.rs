//! Defects in the program or in a library it uses (panics): told in one line instead of ending it.

use std::cell::Cell;
use std::panic::{self, PanicHookInfo, UnwindSafe};
use std::sync::Mutex;

thread_local! {
    /// Whether this thread is doing what may panic and is caught.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// What the first defect said, with its place in the source.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Runs `work`, which may panic on what a file holds; nothing of it is printed.
///
/// # Errors
/// When it did.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T + UnwindSafe) -> std::thread::Result<T> {
    let before = EXPECTED.replace(true);
    let done = panic::catch_unwind(work);
    EXPECTED.set(before);
    done
}

/// From here on a panic prints nothing by itself: standard error belongs to the contract of one line. With
/// `RUST_BACKTRACE` set everything is printed as usual, too.
pub(crate) fn keep_quiet() {
    let usual = panic::take_hook();
    let loud = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    panic::set_hook(Box::new(move |info| {
        if EXPECTED.get() {
            return;
        }
        tracing::error!("{info}");
        if let Ok(mut first) = FIRST.lock() {
            first.get_or_insert_with(|| words(info));
        }
        if loud {
            usual(info);
        }
    }));
}

/// Runs the program; a panic becomes a line that tells where it was.
///
/// # Errors
/// That line.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(panic::AssertUnwindSafe(work)).map_err(|_| {
        let first = FIRST.lock().ok().and_then(|mut first| first.take());
        let first = first.unwrap_or_else(|| "nothing is known of it".to_owned());
        format!("a defect in the program ended this, what was written before is whole: {first}")
    })
}

fn words(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("unknown");
    match info.location() {
        Some(place) => format!("{what} ({}:{})", place.file(), place.line()),
        None => what.to_owned(),
    }
}
