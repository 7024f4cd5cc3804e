//! The operator's PIN: kept as an Argon2id hash outside of the exhibit's folder, with growing waits
//! after wrong ones.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

use super::error::ExhibitError;
use crate::files::{file_name, read_text, write_atomic};
use crate::home::Home;

/// Digits of a PIN, at least.
const DIGITS: usize = 6;
/// Tries before the first wait.
const FREE: u32 = 5;
/// Waits after these, in minutes; the last one stays.
const MINUTES: [u64; 3] = [1, 5, 30];
/// Largest file that is read.
const MAX_FILE: u64 = 1 << 16;

/// What is kept of the PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    hash: String,
    /// Wrong tries since the last right one; a restart does not forget them.
    #[serde(default)]
    failed: u32,
}

/// What a try led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was right.
    Right,
    /// It was wrong.
    Wrong,
    /// It was not looked at: first this long has to go by.
    Wait(Duration),
}

/// A PIN and how long it has to be waited.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    pin: Pin,
    /// From which time on a try is looked at.
    open_at: Duration,
}

impl Pin {
    /// A PIN of six digits or more.
    ///
    /// # Errors
    /// [`ExhibitError::Pin`] when it is shorter, has other signs, or is easily guessed.
    pub fn new(digits: &str) -> Result<Self, ExhibitError> {
        let wrong = |why: &str| Err(ExhibitError::Pin(why.to_owned()));
        let bytes = digits.as_bytes();
        if bytes.len() < DIGITS || bytes.len() > 32 || !bytes.iter().all(u8::is_ascii_digit) {
            return wrong("a PIN has 6 to 32 digits and nothing else");
        }
        let step = |by: i16| {
            bytes
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if i16::from(*b) - i16::from(*a) == by))
        };
        if step(0) || step(1) || step(-1) {
            return wrong(
                "a PIN of equal or consecutive digits is guessed at once: choose another",
            );
        }
        let hash = hasher()?
            .hash_password_with_salt(bytes, &salt())
            .map_err(|error| ExhibitError::Pin(format!("the PIN could not be hashed: {error}")))?;
        Ok(Self {
            hash: hash.to_string(),
            failed: 0,
        })
    }

    fn fits(&self, digits: &str) -> bool {
        hasher().is_ok_and(|hasher| {
            hasher
                .verify_password(digits.as_bytes(), self.hash.as_str())
                .is_ok()
        })
    }

    /// Where the PIN of an exhibit lies: with the user's data, not in the exhibit's folder, which is copied.
    #[must_use]
    pub fn path(home: &Home, exhibit: &str) -> PathBuf {
        home.data
            .join("exhibits")
            .join(file_name(exhibit))
            .join("operator.toml")
    }

    /// Writes it, readable for this user only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExhibitError> {
        let text = toml::to_string(self).map_err(|error| ExhibitError::Pin(error.to_string()))?;
        write_atomic(path, |file| {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
            }
            file.write_all(text.as_bytes())
        })
        .map_err(|source| ExhibitError::Io {
            path: path.to_owned(),
            source,
        })
    }
}

impl Lock {
    /// The lock of a kept PIN; `None` where there is none. `now` is the time since some moment that
    /// never runs back.
    ///
    /// # Errors
    /// When the file is there and cannot be understood.
    pub fn open(path: &Path, now: Duration) -> Result<Option<Self>, ExhibitError> {
        let text = match read_text(path, MAX_FILE) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|source| ExhibitError::Io {
                path: path.to_owned(),
                source,
            })?,
        };
        let pin: Pin = toml::from_str(&text).map_err(|_| {
            ExhibitError::Pin(format!(
                "{} is damaged: set the PIN anew with saliscope exhibit pin",
                path.display()
            ))
        })?;
        let open_at = now + wait(pin.failed);
        Ok(Some(Self {
            path: path.to_owned(),
            pin,
            open_at,
        }))
    }

    /// Tries a PIN at the time `now`. A wrong try is on the disk before it is told.
    ///
    /// # Errors
    /// When the try cannot be kept: then none is looked at.
    pub fn try_pin(&mut self, digits: &str, now: Duration) -> Result<Verdict, ExhibitError> {
        if let Some(left) = self.open_at.checked_sub(now).filter(|left| !left.is_zero()) {
            return Ok(Verdict::Wait(left));
        }
        let before = self.pin.failed;
        // Counted before it is looked at: pulling the plug takes no try back.
        self.pin.failed = before.saturating_add(1);
        self.pin.write(&self.path)?;
        if self.pin.fits(digits) {
            self.pin.failed = 0;
            self.pin.write(&self.path)?;
            return Ok(Verdict::Right);
        }
        self.open_at = now + wait(self.pin.failed);
        Ok(Verdict::Wrong)
    }
}

/// How long has to be waited after as many wrong tries.
fn wait(failed: u32) -> Duration {
    let minutes = match failed.checked_sub(FREE) {
        None => 0,
        Some(more) => MINUTES
            .get(more as usize)
            .or(MINUTES.last())
            .copied()
            .unwrap_or(30),
    };
    Duration::from_secs(60 * minutes)
}

/// OWASP's parameters for Argon2id: 19 MiB, 2 passes, 1 lane.
fn hasher() -> Result<Argon2<'static>, ExhibitError> {
    let params = Params::new(19 * 1024, 2, 1, None)
        .map_err(|error| ExhibitError::Pin(format!("the PIN could not be hashed: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// 16 bytes that no other PIN has; they need not be secret.
fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    for (i, half) in salt.chunks_mut(8).enumerate() {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_usize(i);
        if let Ok(now) = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
            hasher.write_u128(now.as_nanos());
        }
        half.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    salt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Duration {
        Duration::from_secs(60 * n)
    }

    #[test]
    fn a_pin_opens_and_wrong_ones_wait_longer_and_longer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x/operator.toml");
        assert!(Lock::open(&path, Duration::ZERO).unwrap().is_none());
        Pin::new("271828").unwrap().write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !text.contains("271828"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        let mut now = Duration::from_secs(5);
        let mut lock = Lock::open(&path, now).unwrap().unwrap();
        assert_eq!(lock.try_pin("271828", now).unwrap(), Verdict::Right);
        for _ in 0..5 {
            assert_eq!(lock.try_pin("000001", now).unwrap(), Verdict::Wrong);
        }
        // Not even the right one, and a restart does not help.
        assert_eq!(
            lock.try_pin("271828", now).unwrap(),
            Verdict::Wait(minutes(1))
        );
        let mut lock = Lock::open(&path, now).unwrap().unwrap();
        assert_eq!(
            lock.try_pin("271828", now).unwrap(),
            Verdict::Wait(minutes(1))
        );
        for longer in [5, 30, 30] {
            now += minutes(40);
            assert_eq!(lock.try_pin("000001", now).unwrap(), Verdict::Wrong);
            assert_eq!(
                lock.try_pin("271828", now).unwrap(),
                Verdict::Wait(minutes(longer))
            );
        }
        now += minutes(30);
        assert_eq!(lock.try_pin("271828", now).unwrap(), Verdict::Right);
        assert_eq!(lock.try_pin("1", now).unwrap(), Verdict::Wrong);
        std::fs::write(&path, "hash").unwrap();
        assert!(Lock::open(&path, now).is_err());
    }

    #[test]
    fn poor_pins_are_refused_and_no_two_hashes_are_the_same() {
        for bad in [
            "12345",
            "123456",
            "987654",
            "111111",
            "12a456",
            "",
            "1234567890123456789012345678901234",
        ] {
            assert!(Pin::new(bad).is_err(), "{bad}");
        }
        assert_ne!(Pin::new("271828").unwrap(), Pin::new("271828").unwrap());
    }
}
