//! Opening hours, such as `Tu-Su 10:00-18:00`, in the exhibit's own time.

/// Minutes of a day and of a week.
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
/// 2026-01-01 in seconds since 1970: a clock that says less has lost its battery.
const PLAUSIBLE: i64 = 1_767_225_600;
/// Names of the days as they are written, from Monday on.
const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/// When the exhibit is lit. Without any line it always is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// Minutes of the week from Monday 00:00: from the first up to the second, which may lie in the
    /// next week.
    spans: Vec<(u32, u32)>,
}

/// The rule by which clocks are put forward an hour in summer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Summer {
    /// They are not.
    #[default]
    None,
    /// From the last Sunday in March to the last in October, at 01:00 UTC.
    Europe,
    /// From the second Sunday in March to the first in November, at 02:00 local time.
    NorthAmerica,
}

impl Summer {
    /// As it is written in `exhibit.toml`.
    pub const NAMES: [&'static str; 3] = ["none", "europe", "north-america"];

    /// The rule with a name of [`Self::NAMES`]; no summer time for other names.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "europe" => Self::Europe,
            "north-america" => Self::NorthAmerica,
            _ => Self::None,
        }
    }

    /// Minutes that local time is ahead of UTC at a moment in seconds since 1970, where it is
    /// `utc_offset` in winter.
    #[must_use]
    pub fn offset_at(self, seconds: i64, utc_offset: i32) -> i32 {
        let forward = match self {
            Self::None => false,
            Self::Europe => {
                let year = year_of(seconds);
                let at = |month| sunday_from(year, month, 25) * 86_400 + 3600;
                (at(3)..at(10)).contains(&seconds)
            }
            Self::NorthAmerica => {
                let standard = seconds + i64::from(utc_offset) * 60;
                let year = year_of(standard);
                let begin = sunday_from(year, 3, 8) * 86_400 + 2 * 3600;
                // Two o'clock in summer is one o'clock of standard time.
                let end = sunday_from(year, 11, 1) * 86_400 + 3600;
                (begin..end).contains(&standard)
            }
        };
        utc_offset + if forward { 60 } else { 0 }
    }
}

fn year_of(seconds: i64) -> i64 {
    let name = crate::journal::day_name(seconds.div_euclid(86_400));
    name.get(..4).and_then(|y| y.parse().ok()).unwrap_or(1970)
}

/// The first Sunday from a day of a month on, in days since 1970.
fn sunday_from(year: i64, month: u32, day: u32) -> i64 {
    let name = format!("{year:04}-{month:02}-{day:02}");
    let first = crate::journal::day_number(&name).unwrap_or(0);
    // 1970-01-04 was a Sunday.
    first + (3 - first).rem_euclid(7)
}

impl Hours {
    /// Reads lines such as `Mo-Fr 10:00-12:00, 14:00-18:00`, `Sa,Su 9:00-20:00` or `10:00-18:00` for
    /// every day. A time that ends before it begins ends on the next day.
    ///
    /// # Errors
    /// The line that cannot be read, and why.
    pub fn read<L: AsRef<str>>(lines: &[L]) -> Result<Self, (String, &'static str)> {
        let mut spans = Vec::new();
        for line in lines {
            let line = line.as_ref();
            let failed = |why| (line.to_owned(), why);
            let (days, times) = match line.trim().split_once(' ') {
                Some((days, times)) if days.starts_with(|c: char| c.is_ascii_alphabetic()) => (
                    days_of(days).ok_or_else(|| {
                        failed("days are Mo Tu We Th Fr Sa Su, as in Tu-Su or Sa,Su")
                    })?,
                    times,
                ),
                _ => ((0..7).collect(), line),
            };
            for span in times.split(',') {
                let (begin, end) = span
                    .split_once('-')
                    .and_then(|(b, e)| Some((time_of(b)?, time_of(e)?)))
                    .filter(|(begin, end)| begin != end && *begin < DAY)
                    .ok_or_else(|| failed("times are as in 10:00-18:00"))?;
                let length = if end > begin {
                    end - begin
                } else {
                    end + DAY - begin
                };
                for &day in &days {
                    let begin = day * DAY + begin;
                    spans.push((begin, begin + length));
                }
            }
        }
        spans.sort_unstable();
        Ok(Self { spans })
    }

    /// Whether it is open at a minute of the week.
    #[must_use]
    pub fn is_open(&self, minute: u32) -> bool {
        self.spans.is_empty()
            || self.spans.iter().any(|span| {
                let within = |minute| (span.0..span.1).contains(&minute);
                within(minute) || within(minute + WEEK)
            })
    }

    /// How many minutes after a minute of the week it opens next; `None` where it is open then, or
    /// always.
    #[must_use]
    pub fn opens_in(&self, minute: u32) -> Option<u32> {
        if self.is_open(minute) {
            return None;
        }
        let until = |begin: u32| (begin + WEEK - minute) % WEEK;
        self.spans.iter().map(|span| until(span.0)).min()
    }
}

/// The minute of the week from Monday 00:00 at a moment in seconds since 1970, `offset` minutes ahead
/// of UTC; `None` where the clock cannot be right.
#[must_use]
pub fn minute_of_week(seconds: i64, offset: i32) -> Option<u32> {
    if seconds < PLAUSIBLE {
        return None;
    }
    let minutes = seconds.div_euclid(60) + i64::from(offset);
    // 1970-01-01 was a Thursday.
    u32::try_from((minutes + 3 * i64::from(DAY)).rem_euclid(i64::from(WEEK))).ok()
}

/// The minute of the day at a moment in seconds since 1970, `offset` minutes ahead of UTC.
#[must_use]
pub fn minute_of_day(seconds: i64, offset: i32) -> u32 {
    let minutes = seconds.div_euclid(60) + i64::from(offset);
    minutes.rem_euclid(i64::from(DAY)) as u32
}

/// `Tu-Su`, `Sa,Su`, `Mo`.
fn days_of(text: &str) -> Option<Vec<u32>> {
    let day = |name: &str| {
        let name = name.to_lowercase();
        DAYS.iter().position(|day| *day == name).map(|d| d as u32)
    };
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            None => days.push(day(part)?),
            Some((first, last)) => {
                let (first, last) = (day(first)?, day(last)?);
                let more = (last + 7 - first) % 7;
                days.extend((0..=more).map(|i| (first + i) % 7));
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    Some(days)
}

/// `9:30` in minutes; 24:00 is the end of a day.
fn time_of(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |digits: &str| -> Option<u32> {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let minutes = number(hour)? * 60 + number(minute).filter(|_| minute.len() == 2)?;
    (minutes <= DAY && number(minute)? < 60).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32, minute: u32) -> u32 {
        day * DAY + hour * 60 + minute
    }

    #[test]
    fn a_museum_that_is_closed_on_mondays() {
        let hours = Hours::read(&["Tu-Su 10:00-18:00"]).unwrap();
        for day in 0..7 {
            assert_eq!(hours.is_open(at(day, 12, 0)), day != 0, "{day}");
            assert!(!hours.is_open(at(day, 9, 59)) && !hours.is_open(at(day, 18, 0)));
        }
        assert_eq!(hours.opens_in(at(0, 9, 0)), Some(25 * 60));
        assert_eq!(hours.opens_in(at(6, 18, 0)), Some(40 * 60));
        assert_eq!(hours.opens_in(at(3, 12, 0)), None);
    }

    #[test]
    fn what_people_write() {
        let hours = Hours::read(&["Mo,We,Fr 9:00-12:00, 14:00-16:30", "Su 20:00-02:00"]).unwrap();
        assert!(hours.is_open(at(2, 16, 29)) && !hours.is_open(at(2, 13, 0)));
        // Into Monday, which is the next week.
        assert!(hours.is_open(at(6, 23, 0)) && hours.is_open(at(0, 1, 59)));
        assert!(!hours.is_open(at(0, 2, 0)) && !hours.is_open(at(1, 10, 0)));
        let daily = Hours::read(&["8:00-24:00"]).unwrap();
        assert!(daily.is_open(at(5, 23, 59)) && !daily.is_open(at(5, 7, 59)));
        let over = Hours::read(&["Sa-Tu 10:00-11:00"]).unwrap();
        let open = (0..7).filter(|&day| over.is_open(at(day, 10, 30)));
        assert_eq!(open.collect::<Vec<_>>(), [0, 1, 5, 6]);
        assert!(Hours::default().is_open(0) && Hours::default().opens_in(0).is_none());
        for bad in [
            "Xx 10:00-11:00",
            "Mo 10-11",
            "Mo",
            "",
            "Mo 10:00-25:00",
            "10:60-11:00",
            "10:00-10:00",
        ] {
            let (line, why) = Hours::read(&[bad]).unwrap_err();
            assert!(line == bad && why.contains("as in"), "{bad}");
        }
    }

    #[test]
    fn a_week_is_told_from_the_clock_and_a_dead_clock_tells_nothing() {
        // 2026-11-26 was a Thursday.
        let noon = 20_783 * 86_400 + 12 * 3600;
        assert_eq!(minute_of_week(noon, 0), Some(at(3, 12, 0)));
        assert_eq!(minute_of_week(noon, 90), Some(at(3, 13, 30)));
        assert_eq!(minute_of_week(noon, -13 * 60), Some(at(2, 23, 0)));
        assert_eq!(minute_of_week(5, 0), None);
    }

    #[test]
    fn summer_time_begins_and_ends_on_its_sundays() {
        let day = |name| crate::journal::day_number(name).unwrap() * 86_400;
        let bonn = |seconds| Summer::Europe.offset_at(seconds, 60);
        for (name, hour, offset) in [
            ("2027-03-28", 0, 60),
            ("2027-03-28", 1, 120),
            ("2027-10-31", 0, 120),
            ("2027-10-31", 1, 60),
            ("2026-07-01", 12, 120),
            ("2026-12-31", 23, 60),
        ] {
            assert_eq!(bonn(day(name) + hour * 3600), offset, "{name} {hour}");
        }
        let boston = |seconds| Summer::NorthAmerica.offset_at(seconds, -300);
        for (name, hour, offset) in [
            ("2027-03-14", 6, -300),
            ("2027-03-14", 7, -240),
            ("2027-11-07", 5, -240),
            ("2027-11-07", 6, -300),
        ] {
            assert_eq!(boston(day(name) + hour * 3600), offset, "{name} {hour}");
        }
        assert_eq!(Summer::None.offset_at(day("2027-07-01"), 60), 60);
    }
}
