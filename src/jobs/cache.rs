//! Results that were computed already: the last ones in memory, more on disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::DiskCache;
use crate::memory;
use crate::saliency::{ClassChoice, Explanation, Request};

/// Explanations by what they were made from.
pub struct Cache {
    recent: Mutex<VecDeque<(String, Arc<Explanation>)>>,
    disk: Option<DiskCache>,
}

impl Cache {
    /// A cache in memory, with `disk` behind it where there is one.
    #[must_use]
    pub fn new(disk: Option<DiskCache>) -> Self {
        Self {
            recent: Mutex::new(VecDeque::new()),
            disk,
        }
    }

    /// The explanation under `key`, from memory or from disk.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Arc<Explanation>> {
        if let Some(found) = self.recall(key) {
            return Some(found);
        }
        let found = Arc::new(self.disk.as_ref()?.read(key)?);
        self.remember(key.to_owned(), found.clone());
        Some(found)
    }

    fn recall(&self, key: &str) -> Option<Arc<Explanation>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.iter().position(|(known, _)| known == key)?;
        let entry = recent.remove(at)?;
        let found = entry.1.clone();
        recent.push_back(entry);
        Some(found)
    }

    fn remember(&self, key: String, explanation: Arc<Explanation>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(known, _)| *known != key);
        recent.push_back((key, explanation));
        memory::bound(&mut recent, memory::RESULTS, |(_, e)| e.bytes());
    }

    /// Keeps `explanation` under `key`. A disk that cannot be written is only logged: the result
    /// is shown all the same.
    pub fn put(&self, key: String, explanation: Arc<Explanation>) {
        if let Some(disk) = &self.disk
            && let Err(error) = disk.write(&key, &explanation)
        {
            tracing::warn!("the result cache could not be written: {error}");
        }
        self.remember(key, explanation);
    }
}

/// What an explanation was made from, as one word: hashes of the picture and the model and every
/// setting. `class` is the class that is explained, also where the surest one was asked for.
#[must_use]
pub fn cache_key(picture: &str, model: &str, request: &Request, class: usize) -> String {
    let mut request = request.clone();
    request.class = ClassChoice::Class(class);
    let settings = serde_json::to_string(&request).unwrap_or_else(|_| format!("{request:?}"));
    let version = env!("CARGO_PKG_VERSION");
    let decoding = crate::picture::DECODING;
    crate::files::sha256(
        format!("{version}\n{decoding}\n{picture}\n{model}\n{settings}").as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saliency::Method;

    #[test]
    fn each_setting_has_its_own_key() {
        let base = Request::default();
        let key = |request: &Request, class| cache_key("p", "m", request, class);
        let mut other = base.clone();
        other.method = Method::Ig;
        let mut steps = base.clone();
        steps.params.seed = 1;
        let keys = [
            key(&base, 1),
            key(&base, 2),
            key(&other, 1),
            key(&steps, 1),
            cache_key("q", "m", &base, 1),
            cache_key("p", "n", &base, 1),
        ];
        let different: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        // Asking for the surest class and asking for it by number is the same work.
        let mut named = base.clone();
        named.class = ClassChoice::Class(1);
        assert_eq!(key(&base, 1), key(&named, 1));
    }
}
