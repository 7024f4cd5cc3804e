//! What is asked for next: what is on screen and not there yet, nearest to the pointer first.

use std::collections::HashMap;

use super::camera::{Camera, Level};
use super::visible::Visible;
use crate::collection::arrange::Placed;

/// A picture that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request {
    /// The row.
    pub row: u32,
    /// The level at which it is wanted.
    pub level: Level,
    /// The view for which it was wanted: greater ones are later.
    pub view: u64,
}

/// Requests of one view after the other; those of an earlier one that are not on screen any more are
/// dropped.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    view: u64,
    /// The last is next.
    queue: Vec<Request>,
    /// What was handed out and has not come back, and the view for which it is wanted last.
    open: HashMap<(u32, Level), u64>,
}

impl Requests {
    /// Asks for what is on screen at a level and not there (`is_there`), nearest to the pixel `about` first.
    pub fn renew(
        &mut self,
        placed: &Placed,
        visible: &[Visible],
        camera: &Camera,
        about: [f64; 2],
        level: Level,
        is_there: &mut dyn FnMut(u32) -> bool,
    ) {
        self.view += 1;
        let [x, y] = camera.place_at(about);
        let mut wanted: Vec<(f64, u32)> = Vec::new();
        for &cell in visible {
            let at = cell as usize;
            let (Some(place), Some(&row)) = (placed.places.get(at), placed.rows.get(at)) else {
                continue;
            };
            if is_there(row) {
                continue;
            }
            if let Some(view) = self.open.get_mut(&(row, level)) {
                // Under way already, and still wanted.
                *view = self.view;
                continue;
            }
            let half = f64::from(place.side) / 2.0;
            let away = (f64::from(place.x) + half - x).hypot(f64::from(place.y) + half - y);
            wanted.push((away, row));
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        // A row may stand in several cells.
        let request = |(_, row): (f64, u32)| Request {
            row,
            level,
            view: self.view,
        };
        self.queue = wanted.into_iter().map(request).collect();
    }

    /// The next that is asked for; it is under way from now on.
    pub fn take(&mut self) -> Option<Request> {
        loop {
            let request = self.queue.pop()?;
            if let std::collections::hash_map::Entry::Vacant(slot) =
                self.open.entry((request.row, request.level))
            {
                slot.insert(request.view);
                return Some(request);
            }
        }
    }

    /// A request came back; gives whether it is still wanted: it was on screen at the last look.
    pub fn came(&mut self, request: Request) -> bool {
        let view = self.open.remove(&(request.row, request.level));
        view.is_some_and(|view| view == self.view)
    }

    /// How many wait, and how many are under way.
    #[must_use]
    pub fn count(&self) -> [usize; 2] {
        [self.queue.len(), self.open.len()]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::visible::Visibility;
    use super::*;

    #[test]
    fn what_is_on_screen_is_asked_for_once_and_nearest_first() {
        let placed = Placed::grid((0..10_000).rev().collect(), 100);
        let visibility = Visibility::of(&placed);
        let mut camera = Camera::fit(placed.size, [640.0, 400.0]);
        camera = camera.zoomed(12.0, [320.0, 200.0], placed.size);
        let mut requests = Requests::default();
        let mut there: HashSet<u32> = HashSet::new();
        let mut under_way: Vec<Request> = Vec::new();
        for step in 0..200u32 {
            let visible = visibility.within(&placed, camera.part(0.0));
            let about = [f64::from(step * 31 % 640), f64::from(step * 17 % 400)];
            let on_screen: HashSet<u32> = visible
                .iter()
                .map(|&cell| placed.rows[cell as usize])
                .collect();
            requests.renew(&placed, &visible, &camera, about, Level::Tile, &mut |row| {
                there.contains(&row)
            });
            let [x, y] = camera.place_at(about);
            let mut last = 0.0;
            for _ in 0..40 {
                let Some(request) = requests.take() else {
                    break;
                };
                assert!(on_screen.contains(&request.row) && !there.contains(&request.row));
                assert!(!under_way.iter().any(|other| other.row == request.row));
                let cell = placed.rows.iter().position(|r| *r == request.row).unwrap();
                let place = placed.places[cell];
                let away = (f64::from(place.x) + 0.5 - x).hypot(f64::from(place.y) + 0.5 - y);
                assert!(away >= last - 1e-9);
                last = away;
                under_way.push(request);
            }
            // Some come back.
            for request in under_way.split_off(under_way.len() / 3) {
                let wanted = requests.came(request);
                assert_eq!(wanted, on_screen.contains(&request.row));
                if wanted {
                    there.insert(request.row);
                }
                assert!(!requests.came(request));
            }
            if step % 10 == 9 {
                camera = camera.dragged([-150.0, 40.0], placed.size);
            }
        }
        // Everything comes in the end.
        let visible = visibility.within(&placed, camera.part(0.0));
        for request in under_way {
            requests.came(request);
        }
        requests.renew(
            &placed,
            &visible,
            &camera,
            [0.0; 2],
            Level::Tile,
            &mut |row| there.contains(&row),
        );
        while let Some(request) = requests.take() {
            assert!(requests.came(request));
            there.insert(request.row);
        }
        assert!(
            visible
                .iter()
                .all(|&cell| there.contains(&placed.rows[cell as usize]))
        );
        assert_eq!(requests.count(), [0, 0]);
    }
}
