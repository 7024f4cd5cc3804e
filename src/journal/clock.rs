//! Time that never runs back, from a clock that may.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from; tests have their own.
pub trait Clock: Send {
    /// Time since some moment in the life of this process; never runs back.
    fn monotonic(&self) -> Duration;
    /// What the machine's clock says: it may be wrong, and jump.
    fn wall(&self) -> SystemTime;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
/// 2026-01-01: a clock that says less has lost its battery; no journal is older.
const PLAUSIBLE: i64 = 1_767_225_600_000;
/// A clock that jumps this far ahead is wrong, not right at last.
const ABSURD: i64 = 3653 * DAY;
/// A clock that was set back by less is waited for; by more, time goes on without it.
const WAITED_FOR: i64 = DAY / 24;
/// By how much the clock and the journal's time may differ and nothing be noted.
const SAME: i64 = 2000;

/// A moment of the journal. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The journal's time.
    pub(crate) time: i64,
    /// The machine's clock.
    pub(crate) wall: i64,
    /// Milliseconds since the writer started.
    pub(crate) since: u64,
}

impl Stamp {
    /// Days since 1970.
    pub(crate) fn day(&self) -> i64 {
        self.time.div_euclid(DAY)
    }

    /// What the clock says, where that is something else.
    pub(crate) fn other_wall(&self) -> Option<i64> {
        ((self.wall - self.time).abs() > SAME).then_some(self.wall)
    }
}

/// Makes the journal's time from a clock.
pub(super) struct Reckoner {
    clock: Box<dyn Clock>,
    start: Duration,
    last: Option<Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    time: i64,
    wall: i64,
    /// `None` in what an earlier process saw.
    monotonic: Option<Duration>,
}

impl Reckoner {
    pub(super) fn new(clock: Box<dyn Clock>) -> Self {
        Self {
            start: clock.monotonic(),
            clock,
            last: None,
        }
    }

    /// Goes on after what the journal's last line says.
    pub(super) fn go_on(&mut self, time: i64, wall: i64) {
        if self.last.is_none_or(|last| last.time < time) {
            let monotonic = None;
            self.last = Some(Seen {
                time,
                wall,
                monotonic,
            });
        }
    }

    pub(super) fn now(&mut self) -> Stamp {
        let (monotonic, wall) = (self.clock.monotonic(), millis(self.clock.wall()));
        let time = self.last.map_or(wall.max(0), |last| {
            let ran = last.monotonic.map_or(0, |then| whole(monotonic, then));
            let by_wall = if last.wall >= PLAUSIBLE && wall >= PLAUSIBLE {
                wall - last.wall
            } else {
                0
            };
            let by_wall = if by_wall < ABSURD { by_wall } else { 0 };
            let expected = last.time + ran.max(by_wall).max(0);
            let ahead = wall - expected;
            if ahead >= 0 && (ahead < ABSURD || last.time < PLAUSIBLE) {
                wall
            } else if ahead < 0 && -ahead < WAITED_FOR {
                wall.max(last.time)
            } else {
                expected
            }
        });
        self.last = Some(Seen {
            time,
            wall,
            monotonic: Some(monotonic),
        });
        Stamp {
            time,
            wall,
            since: u64::try_from(whole(monotonic, self.start)).unwrap_or(0),
        }
    }
}

fn whole(now: Duration, then: Duration) -> i64 {
    i64::try_from(now.saturating_sub(then).as_millis()).unwrap_or(i64::MAX / 4)
}

/// Milliseconds since 1970; moments before count as 1970, those after the year 9999 as its end.
fn millis(moment: SystemTime) -> i64 {
    const LAST: i64 = 253_402_300_799_999;
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(LAST).min(LAST)
    })
}

/// A moment as `2026-11-23T09:10:00Z`. Moments before 1970 count as 1970.
#[must_use]
pub fn timestamp(moment: SystemTime) -> String {
    let text = iso(millis(moment));
    format!("{}Z", text.get(..19).unwrap_or(&text))
}

/// Milliseconds since 1970 as `2026-11-23T09:10:00.123Z`.
pub(super) fn iso(millis: i64) -> String {
    let millis = millis.max(0);
    let second = millis / 1000;
    let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
    format!(
        "{}T{hour:02}:{minute:02}:{:02}.{:03}Z",
        day_name(millis / DAY),
        second % 60,
        millis % 1000
    )
}

/// What [`iso`] writes, and the same without milliseconds; `None` for other texts.
pub(super) fn from_iso(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let day = day_number(text.get(..10)?)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let thousandths = match text.get(19..)? {
        "Z" => 0,
        _ if text.get(19..20)? == "." && text.get(23..)? == "Z" => number(20, 23)?,
        _ => return None,
    };
    let fits = text.get(10..11)? == "T" && hour < 24 && minute < 60 && second < 61;
    fits.then(|| day * DAY + ((hour * 60 + minute) * 60 + second) * 1000 + thousandths)
}

/// A number of days since 1970-01-01 as `2026-11-23`; days before count as that one. Years are
/// counted from March, so that the day that may be missing is the last (Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
#[must_use]
pub fn day_name(days: i64) -> String {
    let shifted = days.max(0) + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The days since 1970-01-01 of `2026-11-23`; `None` for what is no date of 1970 to 9999.
pub(crate) fn day_number(name: &str) -> Option<i64> {
    let mut parts = name.split('-');
    let mut number = |digits: usize| -> Option<i64> {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let (of_year, year) = if month > 2 {
        (month - 3, year)
    } else {
        (month + 9, year - 1)
    };
    let (era, in_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * of_year + 2) / 5 + day - 1;
    let days = era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + of_year - 719_468;
    // Only what is written back the same is a date: no 30th of February.
    (days >= 0 && day_name(days) == name).then_some(days)
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A clock that is turned by hand; both hands in milliseconds, the wall's since 1970.
    #[derive(Clone, Default)]
    pub(crate) struct Hands(Arc<Mutex<(u64, i64)>>);

    impl Hands {
        pub(crate) fn at(wall: i64) -> Self {
            Self(Arc::new(Mutex::new((0, wall))))
        }

        /// Time goes by, and the wall's hand is put somewhere else.
        pub(crate) fn turn(&self, by: i64, jump: i64) {
            let mut hands = self.0.lock().unwrap();
            hands.0 += by as u64;
            hands.1 += by + jump;
        }
    }

    impl Clock for Hands {
        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.0.lock().unwrap().0)
        }

        fn wall(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_millis(self.0.lock().unwrap().1.max(0) as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Hands;
    use super::*;

    const NOON: i64 = 20_783 * DAY + DAY / 2;

    #[test]
    fn days_have_names_and_names_days() {
        for (day, name) in [
            (0, "1970-01-01"),
            (19_782, "2024-02-29"),
            (20_783, "2026-11-26"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(
                (day_name(day).as_str(), day_number(name)),
                (name, Some(day))
            );
        }
        for day in (0..80_000).step_by(17) {
            assert_eq!(day_number(&day_name(day)), Some(day));
        }
        for bad in [
            "2026-02-30",
            "2026-13-01",
            "26-1-1",
            "2026-11-2x",
            "",
            "1969-12-31",
        ] {
            assert_eq!(day_number(bad), None, "{bad}");
        }
        let moment = NOON + 1234;
        assert_eq!(iso(moment), "2026-11-26T12:00:01.234Z");
        assert_eq!(from_iso(&iso(moment)), Some(moment));
        assert_eq!(from_iso("2026-11-26T12:00:01Z"), Some(NOON + 1000));
        assert_eq!(from_iso("2026-11-26 12:00:01Z"), None);
        let moment = UNIX_EPOCH + Duration::from_millis(moment as u64);
        assert_eq!(timestamp(moment), "2026-11-26T12:00:01Z");
    }

    #[test]
    fn a_right_clock_is_followed() {
        let hands = Hands::at(NOON);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        for _ in 0..50 {
            hands.turn(3_600_000, 0);
            let stamp = reckoner.now();
            assert_eq!((stamp.time, stamp.other_wall()), (stamp.wall, None));
        }
        // Set by a few seconds, as by the network: time stands still and does not run back.
        let before = reckoner.now().time;
        hands.turn(1000, -5000);
        assert_eq!(reckoner.now().time, before);
        hands.turn(10_000, 0);
        assert_eq!(reckoner.now().time, NOON + 50 * 3_600_000 + 6000);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_the_day_and_days_go_on() {
        let hands = Hands::at(NOON);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        let first = reckoner.now();
        hands.turn(1000, -400 * DAY);
        let back = reckoner.now();
        assert_eq!((back.time, back.day()), (first.time + 1000, first.day()));
        assert!(back.other_wall().is_some());
        hands.turn(DAY, 0);
        assert_eq!(reckoner.now().day(), first.day() + 1);
        // Right again.
        hands.turn(1000, 400 * DAY);
        let right = reckoner.now();
        assert_eq!(right.other_wall(), None);
        assert_eq!(right.day(), first.day() + 1);
    }

    #[test]
    fn no_battery_then_the_right_time() {
        // A first start without any time: the day it says, until it is told better.
        let hands = Hands::at(5000);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        assert_eq!(reckoner.now().day(), 0);
        hands.turn(60_000, NOON);
        assert_eq!(reckoner.now().day(), 20_783);
        // Later starts go on from the journal, whatever the clock says.
        let last = reckoner.now();
        let hands = Hands::at(0);
        let mut next = Reckoner::new(Box::new(hands.clone()));
        next.go_on(last.time, last.wall);
        assert_eq!(next.now().time, last.time);
        hands.turn(1000, last.wall + DAY);
        assert_eq!(next.now().time, last.wall + DAY + 1000);
    }

    #[test]
    fn a_mad_leap_ahead_is_not_followed() {
        let hands = Hands::at(NOON);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        reckoner.now();
        hands.turn(1000, 73 * 365 * DAY);
        let stamp = reckoner.now();
        assert_eq!(stamp.time, NOON + 1000);
        // A leap of a year is: nobody can tell that it is wrong. When it is taken back, nights
        // between two starts still count as days.
        let hands = Hands::at(NOON);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        reckoner.now();
        hands.turn(1000, 365 * DAY);
        assert_eq!(reckoner.now().day(), 20_783 + 365);
        hands.turn(1000, -365 * DAY);
        let last = reckoner.now();
        assert_eq!(last.day(), 20_783 + 365);
        let mut next = Reckoner::new(Box::new(Hands::at(last.wall + DAY)));
        next.go_on(last.time, last.wall);
        assert_eq!(next.now().day(), 20_783 + 366);
    }

    #[test]
    fn whatever_the_clock_does_time_never_runs_back() {
        use rand::{RngExt, SeedableRng, rngs::StdRng};
        let mut rng = StdRng::seed_from_u64(3);
        let hands = Hands::at(NOON);
        let mut reckoner = Reckoner::new(Box::new(hands.clone()));
        let mut last = reckoner.now();
        for _ in 0..20_000 {
            let jump = match rng.random_range(0..10) {
                0 => rng.random_range(-40_000 * DAY..40_000 * DAY),
                1 => rng.random_range(-DAY..DAY),
                _ => 0,
            };
            hands.turn(rng.random_range(0..DAY / 4), jump);
            if rng.random_range(0..50) == 0 {
                // Switched off and on.
                reckoner = Reckoner::new(Box::new(hands.clone()));
                reckoner.go_on(last.time, last.wall);
            }
            let stamp = reckoner.now();
            assert!(stamp.time >= last.time, "{last:?} {stamp:?}");
            last = stamp;
        }
    }
}
