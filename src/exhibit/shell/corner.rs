//! The way to the PIN: five taps in the upper left corner, the last one held. No visitor finds it by
//! chance, and it needs no key.

use std::time::Duration;

/// Side of the corner, in millimetres.
pub const CORNER: f64 = 25.0;
/// Taps, the held one among them.
const TAPS: u32 = 5;
/// Longest time between two.
const PAUSE: Duration = Duration::from_millis(1500);
/// How long the last one is held.
pub const HELD: Duration = Duration::from_secs(2);

/// Taps in the corner so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Corner {
    taps: u32,
    last: Duration,
    held: Option<u64>,
}

impl Corner {
    /// A finger came down.
    pub(super) fn down(&mut self, finger: u64, (x, y): (f64, f64), alone: bool, now: Duration) {
        let inside = (0.0..=CORNER).contains(&x) && (0.0..=CORNER).contains(&y);
        if !inside || !alone {
            *self = Self::default();
            return;
        }
        let soon = now.saturating_sub(self.last) <= PAUSE;
        self.taps = if soon { self.taps + 1 } else { 1 };
        self.last = now;
        self.held = Some(finger);
    }

    /// A finger was lifted.
    pub(super) fn up(&mut self, finger: u64, now: Duration) {
        if self.held == Some(finger) {
            self.held = None;
            self.last = now;
        }
    }

    /// Whether it is done; it is told once.
    pub(super) fn is_done(&mut self, now: Duration) -> bool {
        let done =
            self.taps >= TAPS && self.held.is_some() && now.saturating_sub(self.last) >= HELD;
        if done {
            *self = Self::default();
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tapped(times: u32, pause: u64, at: (f64, f64), hold: u64) -> bool {
        let mut corner = Corner::default();
        let mut now = Duration::from_secs(9);
        for tap in 1..=times {
            now += Duration::from_millis(pause);
            corner.down(1, at, true, now);
            if tap < times {
                now += Duration::from_millis(80);
                corner.up(1, now);
            }
        }
        now += Duration::from_millis(hold);
        corner.is_done(now)
    }

    #[test]
    fn five_taps_the_last_one_held_and_nothing_less() {
        let corner = (12.0, 9.0);
        assert!(tapped(5, 300, corner, 2000));
        assert!(tapped(7, 300, corner, 2000));
        assert!(!tapped(4, 300, corner, 5000));
        assert!(!tapped(5, 300, corner, 1900));
        assert!(!tapped(5, 1600, corner, 2000));
        assert!(!tapped(5, 300, (40.0, 9.0), 2000));
        // A second finger, or a tap elsewhere, and it begins anew.
        let mut c = Corner::default();
        let now = Duration::from_secs(1);
        for _ in 0..5 {
            c.down(1, corner, true, now);
        }
        c.down(2, corner, false, now);
        assert!(!c.is_done(now + HELD));
    }
}
