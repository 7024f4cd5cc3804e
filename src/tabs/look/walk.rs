//! From picture to picture with a key.

use crate::classifier::PictureKind;
use crate::ui::library::Library;

/// The photo that comes after (or before) `now` in the list; after the last one comes the first.
pub(super) fn neighbour(library: &Library, now: Option<usize>, forward: bool) -> Option<usize> {
    let photo = |at: &usize| {
        let item = library.get(*at);
        item.is_some_and(|item| !item.gone && !item.broken && item.kind == PictureKind::Photo)
    };
    let count = library.items().len();
    let now = now.unwrap_or(if forward { count } else { 0 });
    let mut others: Vec<usize> = (now + 1..count).chain(0..now.min(count)).collect();
    if !forward {
        others.reverse();
    }
    others.into_iter().find(photo)
}
