//! A folder of results that is there whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::temporary::{TemporaryFolder, sweep_one};
use super::write::{followed, in_place, keeps_owner, links};
use super::{from_hexadecimal, hexadecimal};

/// Inside of the temporary folder: the new folder, which after the swap is the old one.
const NEW: &str = "new";
/// Beside it: what it is for, so that it can be cleared away after a kill.
const PLAN: &str = "plan.json";
/// A folder that holds more than this beside results is somebody's, not one of results.
const MOST_OTHERS: usize = 100;

#[derive(Serialize, Deserialize)]
struct Plan {
    /// The folder's name beside the temporary folder, its bytes as hexadecimal digits.
    target: String,
    /// Whether the temporary folder lies inside of the folder instead of beside it.
    inside: bool,
    /// The files that are its own; anything else in the folder is somebody else's.
    names: Vec<String>,
}

/// A folder in the making.
pub(super) struct Stage {
    target: PathBuf,
    area: TemporaryFolder,
    new: PathBuf,
    plan: Plan,
}

impl Stage {
    /// Begins a new version of `folder`.
    pub(super) fn begin(folder: &Path, names: &[&str]) -> io::Result<Self> {
        let target = match folder.canonicalize() {
            Ok(target) => target,
            // It is not there yet, nor what a link at its end leads to.
            Err(_) => std::path::absolute(followed(folder)?)?,
        };
        let there = fs::metadata(&target).ok();
        let parent = match target.parent() {
            Some(parent) => parent.to_owned(),
            None => target.clone(),
        };
        if there.is_none() {
            fs::create_dir_all(&parent)?;
        }
        let beside = there
            .as_ref()
            .is_none_or(|there| can_swap(&target, there, names));
        let area = match beside.then(|| TemporaryFolder::new_in(&parent)) {
            Some(Ok(area)) => area,
            Some(Err(error)) if there.is_none() => return Err(error),
            _ => TemporaryFolder::new_in(&target)?,
        };
        let plan = Plan {
            target: hexadecimal(target.file_name().unwrap_or_default().as_encoded_bytes()),
            inside: area.path().parent() == Some(target.as_path()),
            names: names.iter().map(|&name| name.to_owned()).collect(),
        };
        fs::write(area.path().join(PLAN), serde_json::to_vec(&plan)?)?;
        let new = area.path().join(NEW);
        fs::create_dir(&new)?;
        Ok(Self {
            target,
            area,
            new,
            plan,
        })
    }

    /// The folder to write into.
    pub(super) fn path(&self) -> &Path {
        &self.new
    }

    /// Puts what was written in the folder's place.
    pub(super) fn commit(self) -> io::Result<()> {
        sync(&self.new);
        if !self.plan.inside {
            match self.swap() {
                Ok(()) => {
                    let parent = self.target.parent().map(Path::to_owned);
                    let (area, lock) = self.area.keep();
                    if let Err(error) = recover(&area) {
                        tracing::warn!("{}: not cleared away: {error}", area.display());
                    }
                    drop(lock);
                    parent.as_deref().inspect(|parent| sync(parent));
                    return Ok(());
                }
                Err(error) => {
                    tracing::debug!("{}: not swapped: {error}", self.target.display());
                }
            }
        }
        self.move_in()
    }

    fn swap(&self) -> io::Result<()> {
        let Ok(old) = fs::metadata(&self.target) else {
            return fs::rename(&self.new, &self.target);
        };
        let folder = File::open(&self.new)?;
        if !keeps_owner(&folder, &old) {
            return Err(io::Error::other("its owner would change"));
        }
        fs::set_permissions(&self.new, old.permissions())?;
        // What is not ours is in both folders while they are swapped.
        for entry in fs::read_dir(&self.target)? {
            let entry = entry?;
            if !self.plan.owns(&entry.file_name()) && !entry.file_type()?.is_dir() {
                // Where that cannot be, it is moved after the swap.
                let _ = fs::hard_link(entry.path(), self.new.join(entry.file_name()));
            }
        }
        exchange(&self.new, &self.target)
    }

    /// Moves the files in one by one, the record last.
    fn move_in(self) -> io::Result<()> {
        fs::create_dir_all(&self.target)?;
        let Some((record, others)) = self.plan.names.split_last() else {
            return Ok(());
        };
        let there = |name: &str| fs::symlink_metadata(self.target.join(name)).is_ok();
        // An old record would tell of new files. One that has another name too stays, with what it says
        // of the old files' hashes.
        let old = self.target.join(record);
        let own = fs::symlink_metadata(&old).is_ok_and(|old| !is_shared(&old));
        if own && others.iter().any(|name| there(name)) {
            remove(&old)?;
        }
        for name in &self.plan.names {
            let (from, to) = (self.new.join(name), self.target.join(name));
            if fs::symlink_metadata(&from).is_err() {
                if name != record {
                    remove(&to)?;
                }
            } else if fs::symlink_metadata(&to).is_ok_and(|to| is_shared(&to)) {
                in_place(&followed(&to)?, &mut File::open(&from)?)?;
            } else {
                if let Ok(old) = fs::metadata(&to) {
                    fs::set_permissions(&from, old.permissions())?;
                }
                fs::rename(&from, &to)?;
            }
        }
        sync(&self.target);
        Ok(())
    }
}

impl Plan {
    fn owns(&self, name: &OsStr) -> bool {
        self.names.iter().any(|own| name == OsStr::new(own))
    }
}

/// Whether `target` may be swapped for another folder.
fn can_swap(target: &Path, there: &Metadata, names: &[&str]) -> bool {
    // A shell that stands in it would be left in a folder that is gone.
    let stands_in_it = std::env::current_dir()
        .is_ok_and(|own| own.canonicalize().ok() == target.canonicalize().ok());
    let others = fs::read_dir(target).into_iter().flatten().flatten();
    let others = others.filter(|entry| !names.iter().any(|name| entry.file_name() == *name));
    // Files that have other names keep them.
    let linked = names
        .iter()
        .any(|name| fs::symlink_metadata(target.join(name)).is_ok_and(|about| is_shared(&about)));
    others.count() <= MOST_OTHERS && !stands_in_it && !linked && on_one_device(target, there)
}

/// Whether a file is known by another name too: a link, or the file of a hard link.
fn is_shared(about: &Metadata) -> bool {
    about.is_symlink() || (about.is_file() && links(about) > 1)
}

#[cfg(unix)]
fn on_one_device(target: &Path, there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let parent = target.parent().and_then(|parent| fs::metadata(parent).ok());
    parent.is_some_and(|parent| parent.dev() == there.dev())
}

#[cfg(not(unix))]
fn on_one_device(_: &Path, _: &Metadata) -> bool {
    true
}

/// Swaps two folders in one step, so that at no time either is missing.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Clears away a temporary folder that nobody holds any more: what is its own goes, what is somebody
/// else's goes back to where it came from.
pub(super) fn recover(area: &Path) -> io::Result<()> {
    let (new, plan) = (area.join(NEW), area.join(PLAN));
    if new.is_dir() {
        let read: Plan = serde_json::from_slice(&fs::read(&plan)?)?;
        drain(area, &new, &read)?;
        fs::remove_dir(&new)?;
    }
    remove(&plan)?;
    fs::remove_dir(area)
}

fn drain(area: &Path, from: &Path, plan: &Plan) -> io::Result<()> {
    let beside = area.parent().unwrap_or(Path::new("."));
    let target = if plan.inside {
        beside.to_owned()
    } else {
        let name = from_hexadecimal(&plan.target).ok_or(ErrorKind::InvalidData)?;
        beside.join(os_string(name).ok_or(ErrorKind::InvalidData)?)
    };
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if plan.owns(&name) {
            remove(&path)?;
            continue;
        }
        // A temporary file that a killed process was writing here.
        if name.to_string_lossy().starts_with(".saliscope-tmp-")
            && sweep_one(&path, true).is_ok()
            && !path.exists()
        {
            continue;
        }
        let to = target.join(&name);
        match fs::symlink_metadata(&to) {
            Err(_) => fs::rename(&path, &to)?,
            Ok(there) if is_same(&entry.metadata()?, &there) => fs::remove_file(&path)?,
            Ok(_) => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    super::write::same_file(a, b)
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere not all bytes are a name"
)]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}

/// Deletes a file or a folder of results; none is fine.
fn remove(path: &Path) -> io::Result<()> {
    let done = match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Has the names in a folder on disk. Where that cannot be it is the system's own time.
fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
