//! A string that shares the buffer it was decoded from.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use bytes::Bytes;

/// UTF-8 text over reference-counted bytes: decoding a topic name from a request copies nothing,
/// and cloning it is a counter.
///
/// A `Str` keeps the whole buffer it came from alive; what outlives its request (a topic name in
/// the metadata image, a client id in a session) is detached with [`Str::detached`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Str(Bytes);

/// As `str` hashes, not as bytes do: a map keyed by `Str` is asked with a `&str` (`Borrow`), and
/// both must land in the same place.
impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Str {
    pub const EMPTY: Str = Str(Bytes::new());

    pub const fn from_static(text: &'static str) -> Str {
        Str(Bytes::from_static(text.as_bytes()))
    }

    /// # Errors
    /// The offset of the first byte that is not UTF-8.
    pub fn from_utf8(bytes: Bytes) -> Result<Str, usize> {
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(Str(bytes)),
            Err(error) => Err(error.valid_up_to()),
        }
    }

    pub fn as_str(&self) -> &str {
        // Checked by every constructor; checked again here because `core/` has no unsafe code and
        // names are short.
        std::str::from_utf8(&self.0).expect("a Str is only made from UTF-8")
    }

    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// A copy that owns its bytes and keeps no request buffer alive.
    pub fn detached(&self) -> Str {
        Str(Bytes::copy_from_slice(&self.0))
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Str {
        Str(Bytes::from(text))
    }
}

impl From<&Str> for String {
    fn from(text: &Str) -> String {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShardedMap;

    #[test]
    fn a_map_keyed_by_shared_text_is_found_with_plain_text() {
        let mut map: ShardedMap<Str, i32> = ShardedMap::new();
        for (index, name) in ["orders", "orders.eu", "", "größe"].into_iter().enumerate() {
            map.insert(Str::from(name), index as i32);
            assert_eq!(map.get(name), Some(&(index as i32)));
        }
    }
}
