//! What records are found by: 16 bytes that are a hash already.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Identifies a content (the first half of a file's SHA-256) or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u128);

impl Key {
    /// No content: that of a row whose file was not read.
    pub const NONE: Self = Self(0);

    /// From its bytes.
    #[must_use]
    pub fn of(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The identity of a file's bytes.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Self {
        use sha2::{Digest as _, Sha256};
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(Sha256::digest(bytes)) {
            *to = from;
        }
        Self::of(half)
    }

    /// The identity of a path in a collection.
    #[must_use]
    pub fn of_path(path: &[u8]) -> Self {
        Self(twox_hash::XxHash3_128::oneshot(path))
    }

    /// As 32 hexadecimal digits.
    #[must_use]
    pub fn digits(self) -> String {
        crate::files::hexadecimal(&self.bytes())
    }

    /// A number that has nothing to do with any order of names: the fixed shuffle, and the
    /// membership of shards.
    #[must_use]
    pub fn shuffled(self) -> u64 {
        (self.0 >> 64) as u64
    }
}

/// Keys are hashes: nothing is gained by hashing them again.
#[derive(Debug, Default, Clone, Copy)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut part = [0; 8];
            part.iter_mut()
                .zip(chunk)
                .for_each(|(to, from)| *to = *from);
            self.0 ^= u64::from_le_bytes(part);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

/// A map by keys.
pub type ByKey<T> = HashMap<Key, T, BuildHasherDefault<KeyHasher>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_the_first_half_of_its_sha256() {
        let key = Key::of_content(b"abc");
        assert_eq!(key.digits(), "ba7816bf8f01cfea414140de5dae2223");
        assert_eq!(Key::of(key.bytes()), key);
        assert!(crate::files::sha256(b"abc").starts_with(&key.digits()));
    }

    #[test]
    fn a_map_by_keys_finds_them_again() {
        let mut map = ByKey::default();
        for n in 0..10_000u32 {
            map.insert(Key::of_path(&n.to_le_bytes()), n);
        }
        assert!((0..10_000u32).all(|n| map.get(&Key::of_path(&n.to_le_bytes())) == Some(&n)));
    }
}
