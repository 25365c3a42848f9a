//! Typed settings: structs whose every field is bound to its key where it is declared, so that code
//! reads `settings.fetch_max_bytes` and no name is spelled twice.

use super::key::{Invalid, Key};
use super::value::Value;

/// Where the texts of values come from.
pub trait Source {
    /// What is set for the key, or its default; none where the value is null.
    fn text(&self, key: &'static Key) -> Option<String>;
}

/// A type that a field of settings may have.
pub(super) trait FromValue: Sized {
    fn from_value(value: Value) -> Option<Self>;
    /// What a field is where its key is null. Most types have no such value.
    fn null() -> Option<Self> {
        None
    }
}

macro_rules! from_value {
    ($($ty:ty: $variant:ident),+) => {
        $(impl FromValue for $ty {
            fn from_value(value: Value) -> Option<$ty> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }
        })+
    };
}

from_value!(bool: Boolean, i32: Int, i16: Short, i64: Long, f64: Double, String: Text, Vec<String>: List);

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Option<T>> {
        T::from_value(value).map(Some)
    }

    fn null() -> Option<Option<T>> {
        Some(None)
    }
}

/// Reads one key.
///
/// # Errors
/// The value is not one that the key takes, or there is none where one is required.
pub(super) fn read<T: FromValue>(source: &impl Source, key: &'static Key) -> Result<T, Invalid> {
    match source.text(key) {
        Some(text) => {
            let value = key.parse(&text)?;
            // The type of a field and the kind of its key are both written down in this crate, and a
            // test reads every field once.
            Ok(T::from_value(value).expect("a field has the type of its key"))
        }
        None => T::null().ok_or_else(|| Invalid::new(key.name, "has no value; set it")),
    }
}

/// Declares a struct of settings, each field with the key that it is read from.
macro_rules! settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty = $key:path,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)+
        }

        impl $name {
            pub(super) fn read(source: &impl Source) -> Result<$name, Invalid> {
                Ok($name { $($field: read(source, &$key)?,)+ })
            }
        }
    };
}
pub(super) use settings;
