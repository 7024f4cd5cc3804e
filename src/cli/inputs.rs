//! The pictures that a command is given: files, folders, lists, names on standard input.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::files;
use crate::picture::{self, Listing};

/// Longest list of names that is read, in bytes.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// Which pictures.
#[derive(Debug, clap::Args)]
pub struct PictureArgs {
    /// Picture files, folders of them, or - for names on standard input, one a line
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// A file with the name of a picture, or of a folder of them, on each line
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Look into the folders in folders, too
    #[arg(short, long)]
    recursive: bool,
}

/// A picture to look at; one of many may fail without ending the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The file.
    pub path: PathBuf,
    /// It was found in a folder or a list.
    pub from_many: bool,
}

impl PictureArgs {
    /// The one picture that was named, where it is no more than that.
    pub fn single(&self) -> Option<&Path> {
        match self.pictures.as_slice() {
            [one] if self.list.is_none() && one.as_os_str() != "-" && !one.is_dir() => Some(one),
            _ => None,
        }
    }

    /// All pictures, in the order in which they were named; what was left out of folders is told
    /// in a line each.
    pub fn find(&self) -> anyhow::Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for path in &self.pictures {
            if path.as_os_str() == "-" {
                let names = names(std::io::stdin().lock()).context("standard input")?;
                self.add_named(names, &mut jobs)?;
            } else {
                self.add(path, false, &mut jobs)?;
            }
        }
        if let Some(list) = &self.list {
            let shown = || list.display().to_string();
            let text = files::read_text(list, MAX_LIST_BYTES).with_context(shown)?;
            self.add_named(names(text.as_bytes()).with_context(shown)?, &mut jobs)?;
        }
        if jobs.is_empty() {
            bail!("there is no picture to look at; name files, folders or a --list");
        }
        Ok(jobs)
    }

    fn add_named(&self, names: Vec<String>, jobs: &mut Vec<Job>) -> anyhow::Result<()> {
        for name in names {
            self.add(Path::new(&name), true, jobs)?;
        }
        Ok(())
    }

    fn add(&self, path: &Path, from_many: bool, jobs: &mut Vec<Job>) -> anyhow::Result<()> {
        if !path.is_dir() {
            jobs.push(Job {
                path: path.to_owned(),
                from_many,
            });
            return Ok(());
        }
        let found = pictures_of(path, self.recursive)?;
        jobs.extend(found.into_iter().map(|path| Job {
            path,
            from_many: true,
        }));
        Ok(())
    }
}

/// The pictures of a folder; one line about what was left out.
pub fn pictures_of(folder: &Path, recursive: bool) -> anyhow::Result<Vec<PathBuf>> {
    let listing: Listing = picture::list(folder, recursive)?;
    if listing.pictures.is_empty() {
        match listing.folders {
            0 => bail!("{} holds no pictures", folder.display()),
            n => bail!(
                "{} holds no pictures, but {n} {}; look into them with -r",
                folder.display(),
                if n == 1 { "folder" } else { "folders" }
            ),
        }
    }
    if let Some(rest) = listing.rest() {
        super::output::note(&format!("{}: left out {rest}", folder.display()));
    }
    Ok(listing.pictures)
}

/// Names, one a line; empty lines are none.
fn names(reader: impl std::io::BufRead) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut limited = reader.take(MAX_LIST_BYTES + 1);
    let mut read = 0;
    let mut line = String::new();
    loop {
        line.clear();
        let length = limited
            .read_line(&mut line)
            .context("the list of names could not be read; it has to be UTF-8 text")?;
        if length == 0 {
            return Ok(names);
        }
        read += length as u64;
        anyhow::ensure!(
            read <= MAX_LIST_BYTES,
            "the list of names is longer than {} MB",
            MAX_LIST_BYTES >> 20
        );
        let name = line.trim_end_matches(['\n', '\r']);
        let name = name.strip_prefix('\u{feff}').unwrap_or(name);
        if !name.is_empty() {
            names.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lines() {
        let text = "\u{feff}a b.png\r\n\n/c/d.jpg";
        assert_eq!(names(text.as_bytes()).unwrap(), ["a b.png", "/c/d.jpg"]);
        assert!(names(&b"\xff\xfe"[..]).is_err());
    }
}
