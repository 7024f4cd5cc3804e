//! A run that is pinned: which files, which networks, how. Every machine that takes part reads the
//! plan and refuses to do anything else.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::{ModelEntry, SCHEMA};
use super::source::Listing;
use super::{CollectionError, Key};
use crate::files::{self, made_by, write_atomic};

/// Largest plan that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;
/// Largest list of files that is read, in bytes.
const MAX_FILES: u64 = 2 << 30;

/// A network of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedModel {
    /// As `--models` names it.
    pub name: String,
    /// What identifies its facts: its file and how it is shown pictures.
    pub key: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// A run that is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The program and its version.
    pub made_by: String,
    /// The version of what an index holds.
    pub schema: u32,
    /// The folder, archive or list.
    pub source: PathBuf,
    /// The list of files, beside the plan.
    pub files: PathBuf,
    /// SHA-256 of that list.
    pub files_sha256: String,
    /// Number of files.
    pub count: usize,
    /// Where networks look.
    pub maps: String,
    /// What they see.
    pub framing: String,
    /// How many parts the work is meant for.
    pub shards: u32,
    /// The networks.
    #[serde(rename = "model")]
    pub models: Vec<PlannedModel>,
}

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct PlanOf<'a> {
    /// The folder, archive or list.
    pub source: &'a Path,
    /// What is in it.
    pub listing: &'a Listing,
    /// The networks, as they are named and as they are.
    pub models: &'a [(String, ModelEntry)],
    /// Where networks look.
    pub maps: &'a str,
    /// What they see.
    pub framing: &'a str,
    /// How many parts the work is meant for.
    pub shards: u32,
}

/// The files of a listing, a line each: bytes, then the path with bytes that are no plain ASCII as
/// `%XX`.
fn lines(listing: &Listing) -> String {
    let mut text = String::new();
    for entry in &listing.entries {
        let _ = write!(text, "{}\t", entry.size);
        for &byte in &*entry.path {
            if byte == b'%' || !(0x20..0x7f).contains(&byte) {
                let _ = write!(text, "%{byte:02x}");
            } else {
                text.push(char::from(byte));
            }
        }
        text.push('\n');
    }
    text
}

impl Plan {
    /// Writes a plan and, beside it, its list of files.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn write(path: &Path, of: PlanOf<'_>) -> Result<Self, CollectionError> {
        let text = lines(of.listing);
        let files = path.with_extension("files.txt");
        let plan = Self {
            made_by: made_by(),
            schema: SCHEMA,
            source: of.source.to_owned(),
            files: PathBuf::from(files.file_name().unwrap_or_default()),
            files_sha256: files::sha256(text.as_bytes()),
            count: of.listing.entries.len(),
            maps: of.maps.to_owned(),
            framing: of.framing.to_owned(),
            shards: of.shards,
            models: of
                .models
                .iter()
                .map(|(name, entry)| PlannedModel {
                    name: name.clone(),
                    key: entry.key(),
                    sha256: entry.sha256.clone(),
                })
                .collect(),
        };
        let toml = toml::to_string_pretty(&plan)
            .map_err(|e| CollectionError::Asked(format!("the plan cannot be written: {e}")))?;
        write_atomic(&files, |file| file.write_all(text.as_bytes()))
            .map_err(CollectionError::io(&files))?;
        write_atomic(path, |file| file.write_all(toml.as_bytes()))
            .map_err(CollectionError::io(path))?;
        Ok(plan)
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// When it cannot be read or another version of the program made it.
    pub fn read(path: &Path) -> Result<Self, CollectionError> {
        let refused = |why: String| CollectionError::Source {
            path: path.to_owned(),
            why,
        };
        let text = files::read_text(path, MAX_BYTES).map_err(CollectionError::io(path))?;
        let plan: Self = toml::from_str(&text).map_err(|e| {
            refused(format!(
                "this is no plan that `saliscope index plan` made: {}",
                e.message()
            ))
        })?;
        if plan.schema != SCHEMA {
            return Err(refused(format!(
                "{} made this plan, which writes another kind of index than this program; \
                 use the same program everywhere",
                plan.made_by
            )));
        }
        Ok(plan)
    }

    /// Leaves only the planned files in a listing.
    ///
    /// # Errors
    /// When the list beside the plan was changed, or files are missing or of another size.
    pub fn restrict(&self, plan: &Path, listing: &mut Listing) -> Result<(), CollectionError> {
        let refused = |why: String| CollectionError::Source {
            path: plan.to_owned(),
            why,
        };
        let path = files::named_in(plan, &self.files).map_err(CollectionError::io(&self.files))?;
        let text = files::read_text(&path, MAX_FILES).map_err(CollectionError::io(&path))?;
        if files::sha256(text.as_bytes()) != self.files_sha256 {
            return Err(refused(format!(
                "the list of files {} is not the one that was planned; make the plan anew",
                path.display()
            )));
        }
        let own = lines(listing);
        let planned: HashSet<Key> = text.lines().map(|l| Key::of_path(l.as_bytes())).collect();
        let mut kept = own
            .lines()
            .map(|l| planned.contains(&Key::of_path(l.as_bytes())));
        listing.entries.retain(|_| kept.next().unwrap_or(false));
        let missing = self.count.saturating_sub(listing.entries.len());
        if missing > 0 {
            return Err(refused(format!(
                "{missing} of its {} files are missing or have another size in {}; \
                 bring them back, or make the plan anew",
                self.count,
                self.source.display()
            )));
        }
        Ok(())
    }

    /// Whether the networks are those that were planned.
    ///
    /// # Errors
    /// When one is another.
    pub fn check(&self, models: &[ModelEntry]) -> Result<(), CollectionError> {
        for (planned, model) in self.models.iter().zip(models) {
            if planned.key != model.key() {
                return Err(CollectionError::Asked(format!(
                    "{} is another network here (sha256 {:.8}) than was planned ({:.8}), or is shown pictures \
                     in another way: use the same file everywhere, or make the plan anew",
                    planned.name, model.sha256, planned.sha256
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::manifest::example;
    use super::*;

    #[test]
    fn a_plan_holds_files_and_networks_to_what_they_were() {
        let top = tempfile::tempdir().unwrap();
        let pictures = top.path().join("p");
        std::fs::create_dir(&pictures).unwrap();
        for name in ["1.jpg", "2 %\u{e9}.jpg", "3.jpg"] {
            std::fs::write(pictures.join(name), name).unwrap();
        }
        let listing = || Source::open(&pictures).unwrap().list().unwrap();
        let path = top.path().join("run.toml");
        let of = PlanOf {
            source: &pictures,
            listing: &listing(),
            models: &[("a".to_owned(), example("a"))],
            maps: "grad-cam",
            framing: "square",
            shards: 4,
        };
        let plan = Plan::write(&path, of).unwrap();
        assert_eq!(Plan::read(&path).unwrap(), plan);
        // A file that came since is left out.
        std::fs::write(pictures.join("4.jpg"), "new").unwrap();
        let mut all = listing();
        plan.restrict(&path, &mut all).unwrap();
        assert_eq!(all.entries.len(), 3);
        std::fs::write(pictures.join("3.jpg"), "longer now").unwrap();
        let error = plan
            .restrict(&path, &mut listing())
            .unwrap_err()
            .to_string();
        assert!(error.contains("1 of its 3 files"), "{error}");
        plan.check(&[example("a")]).unwrap();
        assert!(plan.check(&[example("b")]).is_err());
        std::fs::write(top.path().join("run.files.txt"), "5\t1.jpg\n").unwrap();
        let error = plan
            .restrict(&path, &mut listing())
            .unwrap_err()
            .to_string();
        assert!(error.contains("not the one that was planned"), "{error}");
        std::fs::write(&path, "schema = 1").unwrap();
        assert!(
            Plan::read(&path)
                .unwrap_err()
                .to_string()
                .contains("no plan")
        );
    }
}
