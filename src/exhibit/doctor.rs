//! Is the machine fit to stand alone? An application cannot lock a machine; what can be seen of the
//! lock is looked at here, what cannot is said.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// Free space that an exhibit needs, in bytes.
const ROOM: u64 = 2 << 30;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// As it should be.
    Ok,
    /// Not as it should be.
    NotOk,
    /// Nobody can tell from here.
    CannotKnow,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// What.
    pub what: &'static str,
    /// The finding.
    pub finding: Finding,
    /// What was seen.
    pub seen: String,
    /// The one line that repairs it; empty where nothing is to be done.
    pub repair: &'static str,
}

/// What is looked at: the real machine, or one that a test made.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The root of the file system.
    pub root: PathBuf,
    /// The exhibit's folder.
    pub exhibit: PathBuf,
    /// `WAYLAND_DISPLAY`, where it is set.
    pub wayland: Option<String>,
    /// Number of the user; 0 is the one who may do everything. `None` where there are no such numbers.
    pub user: Option<u32>,
    /// Free bytes where the exhibit lies.
    pub room: Option<u64>,
    /// Seconds since 1970 by the clock.
    pub clock: u64,
    /// Whether a PIN is set.
    pub pin: bool,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here(exhibit: &Path, pin: bool) -> Self {
        let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self {
            root: PathBuf::from("/"),
            exhibit: exhibit.to_owned(),
            wayland: std::env::var("WAYLAND_DISPLAY")
                .ok()
                .filter(|name| !name.is_empty()),
            user: user(),
            room: room(exhibit),
            clock: clock.map_or(0, |since| since.as_secs()),
            pin,
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    fn text(&self, path: &str) -> Option<String> {
        // The system's own files say that they are empty; they are bounded by the system.
        let text = std::fs::read_to_string(self.root.join(path)).ok()?;
        (text.len() < 1 << 20).then_some(text)
    }

    /// The command lines of all processes, words separated by spaces.
    fn processes(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join("proc"))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .bytes()
                    .all(|b| b.is_ascii_digit())
            })
            .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
            .map(|line| {
                String::from_utf8_lossy(&line)
                    .replace('\0', " ")
                    .trim()
                    .to_owned()
            })
            .collect()
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<u64> {
    None
}

/// Looks at everything that has a say in whether visitors can leave, or the exhibit stops.
#[allow(
    clippy::too_many_lines,
    reason = "a list, one thing after the other, that is read as one"
)]
#[must_use]
pub fn examine(machine: &Machine) -> Vec<Examined> {
    let linux = machine.exists("proc/self") || machine.exists("proc/version");
    let mut all = Vec::new();
    let mut say = |what, finding, seen: String, repair| {
        all.push(Examined {
            what,
            finding,
            seen,
            repair: if finding == Finding::Ok { "" } else { repair },
        });
    };
    let ok = |good| if good { Finding::Ok } else { Finding::NotOk };

    let processes = machine.processes();
    let program = |line: &str, name: &str| {
        let first = line.split(' ').next().unwrap_or_default();
        Path::new(first)
            .file_name()
            .is_some_and(|file| file == name)
    };
    let cage = processes.iter().find(|line| program(line, "cage"));
    let (finding, seen) = match (&cage, linux) {
        (_, false) => (Finding::CannotKnow, "this is not Linux".to_owned()),
        (Some(line), _) => (Finding::Ok, format!("cage runs: {line}")),
        (None, _) => (Finding::NotOk, "cage does not run".to_owned()),
    };
    say(
        "a compositor without a desktop",
        finding,
        seen,
        "apt install cage; start the exhibit as: cage -- saliscope exhibit DIR (Windows: Assigned Access)",
    );
    let switches = cage.is_some_and(|line| {
        line.split(' ')
            .take_while(|word| *word != "--")
            .skip(1)
            .any(|word| word == "-s" || word == "-ds" || word == "-sd")
    });
    say(
        "no way to another console",
        if cage.is_some() {
            ok(!switches)
        } else {
            Finding::CannotKnow
        },
        match (cage.is_some(), switches) {
            (true, true) => "cage was started with -s: Ctrl+Alt+F2 leaves the exhibit".to_owned(),
            (true, false) => "cage was started without -s".to_owned(),
            _ => "without cage that depends on the desktop".to_owned(),
        },
        "start cage without -s",
    );
    say(
        "touches arrive",
        ok(machine.wayland.is_some()),
        machine.wayland.as_ref().map_or_else(
            || "no Wayland here; on X11 single taps can be lost".to_owned(),
            |name| format!("Wayland display {name}"),
        ),
        "start the exhibit under cage or another Wayland compositor",
    );
    let devices = machine.text("proc/bus/input/devices");
    let touch = devices
        .as_ref()
        .map(|text| text.to_lowercase().contains("touch"));
    say(
        "a touch screen",
        touch.map_or(Finding::CannotKnow, ok),
        match touch {
            Some(true) => "one is connected".to_owned(),
            Some(false) => "none is connected".to_owned(),
            None => "the list of input devices cannot be read".to_owned(),
        },
        "connect it; with several screens map it to the right one (libinput calibration)",
    );
    say(
        "an ordinary user",
        machine
            .user
            .map_or(Finding::CannotKnow, |user| ok(user != 0)),
        match machine.user {
            Some(0) => "this is the user root, who may do everything".to_owned(),
            Some(user) => format!("user {user}"),
            None => "this system numbers no users".to_owned(),
        },
        "adduser exhibit; run everything as that user",
    );
    say(
        "a PIN",
        ok(machine.pin),
        (if machine.pin {
            "one is set"
        } else {
            "none is set: nobody can leave the exhibit with a PIN"
        })
        .to_owned(),
        "saliscope exhibit pin DIR",
    );
    let clock = machine.exists("dev/rtc0") || machine.exists("dev/rtc");
    say(
        "a clock that goes on without power",
        if linux { ok(clock) } else { Finding::CannotKnow },
        (if clock { "there is one" } else { "none: after a power cut the date is wrong; the journal keeps its own time, opening hours cannot" }).to_owned(),
        "fit a clock module with a battery, or let the machine reach a time server",
    );
    say(
        "the date",
        ok(machine.clock > 1_767_225_600),
        crate::journal::day_name((machine.clock / 86_400) as i64),
        "set it: timedatectl set-time",
    );
    say(
        "room on the disk",
        machine
            .room
            .map_or(Finding::CannotKnow, |room| ok(room >= ROOM)),
        machine.room.map_or("nobody can tell".to_owned(), |room| {
            format!("{} MB free", room >> 20)
        }),
        "clear at least 2 GB; below 500 MB strokes are no longer kept",
    );
    let probe = tempfile::tempfile_in(&machine.exhibit);
    say(
        "the folder can be written",
        ok(probe.is_ok()),
        probe.map_or_else(|error| error.to_string(), |_| "yes".to_owned()),
        "give the exhibit's user the folder: chown -R exhibit DIR",
    );
    let watchdog = machine.exists("dev/watchdog");
    say(
        "a watchdog",
        if linux {
            ok(watchdog)
        } else {
            Finding::CannotKnow
        },
        (if watchdog {
            "there is one"
        } else {
            "none: a machine that hangs stays so"
        })
        .to_owned(),
        "enable it in the firmware or modprobe softdog; RuntimeWatchdogSec=30 in /etc/systemd/system.conf",
    );
    let voice = machine.exists("usr/bin/speech-dispatcher");
    let spoken = machine.exhibit.join("bake/speech").is_dir() && machine.exists("usr/bin/aplay");
    say(
        "speech",
        if linux {
            ok(voice || spoken)
        } else {
            Finding::CannotKnow
        },
        (match (voice, spoken) {
            (true, _) => "speech-dispatcher is installed",
            (false, true) => "what was spoken before is played by aplay",
            (false, false) => "neither speech-dispatcher nor speech that was prepared is here",
        })
        .to_owned(),
        "apt install speech-dispatcher and a voice for each language; or espeak-ng and alsa-utils, then: saliscope exhibit bake DIR --speech",
    );
    for (what, repair) in [
        (
            "the screen stays on",
            "cage never blanks it; switch the display's own saver off, and never cut its signal: cage ends when its last screen vanishes",
        ),
        (
            "no gestures of the display or its firmware",
            "switch edge gestures and the display's menu off, lock its buttons",
        ),
        (
            "starts after a power cut",
            "enable it in the firmware (restore on AC loss) and with a systemd unit: saliscope exhibit doctor DIR --unit",
        ),
        (
            "no free socket within reach",
            "cover the ports: a keyboard opens many doors",
        ),
    ] {
        say(
            what,
            Finding::CannotKnow,
            "nothing here can see that".to_owned(),
            repair,
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(root: &Path) -> Machine {
        Machine {
            root: root.to_owned(),
            exhibit: root.to_owned(),
            wayland: Some("wayland-0".to_owned()),
            user: Some(1000),
            room: Some(9 << 30),
            clock: 1_795_694_400,
            pin: true,
        }
    }

    fn of(machine: &Machine, what: &str) -> Examined {
        examine(machine)
            .into_iter()
            .find(|e| e.what == what)
            .unwrap()
    }

    #[test]
    fn each_weakness_is_found_and_has_a_repair() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let put = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("proc/version", "Linux");
        put("proc/77/cmdline", "/usr/bin/cage\0--\0saliscope\0-s\0");
        put("proc/bus/input/devices", "N: Name=\"ELAN Touchscreen\"");
        for path in ["dev/rtc0", "dev/watchdog", "usr/bin/speech-dispatcher"] {
            put(path, "");
        }
        let good = machine(root);
        let found = examine(&good);
        assert!(
            found.iter().all(|e| e.finding != Finding::NotOk),
            "{found:#?}"
        );
        // It is honest about what it cannot see.
        assert_eq!(
            found
                .iter()
                .filter(|e| e.finding == Finding::CannotKnow)
                .count(),
            4
        );
        for e in &found {
            assert_eq!(e.repair.is_empty(), e.finding == Finding::Ok, "{}", e.what);
        }
        let not_ok = |machine: &Machine, what: &str| {
            let e = of(machine, what);
            assert!(
                e.finding == Finding::NotOk && !e.repair.is_empty(),
                "{what}: {e:?}"
            );
        };
        not_ok(
            &Machine {
                user: Some(0),
                ..good.clone()
            },
            "an ordinary user",
        );
        not_ok(
            &Machine {
                wayland: None,
                ..good.clone()
            },
            "touches arrive",
        );
        not_ok(
            &Machine {
                pin: false,
                ..good.clone()
            },
            "a PIN",
        );
        not_ok(
            &Machine {
                room: Some(1 << 20),
                ..good.clone()
            },
            "room on the disk",
        );
        not_ok(
            &Machine {
                clock: 5,
                ..good.clone()
            },
            "the date",
        );
        not_ok(
            &Machine {
                exhibit: root.join("none"),
                ..good.clone()
            },
            "the folder can be written",
        );
        put("proc/77/cmdline", "cage\0-s\0--\0saliscope\0");
        not_ok(&good, "no way to another console");
        put("proc/77/cmdline", "gnome-shell\0");
        put("proc/bus/input/devices", "N: Name=\"Mouse\"");
        for path in ["dev/rtc0", "dev/watchdog", "usr/bin/speech-dispatcher"] {
            std::fs::remove_file(root.join(path)).unwrap();
        }
        for what in [
            "a compositor without a desktop",
            "a touch screen",
            "a clock that goes on without power",
            "a watchdog",
            "speech",
        ] {
            not_ok(&good, what);
        }
        // Another system: nothing is claimed.
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(
            of(&machine(empty.path()), "a compositor without a desktop").finding,
            Finding::CannotKnow
        );
    }
}
