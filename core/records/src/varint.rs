//! The variable-length integers inside records: zig-zag, seven bits a byte, low bits first, as in
//! Protocol Buffers' `sint32` and `sint64`.

use crate::source::{Fault, Source};

/// # Errors
/// The source ends, or the fifth byte still asks for more.
#[inline]
pub(crate) fn read_i32(source: &mut impl Source) -> Result<i32, Fault> {
    let first = source.byte()?;
    // Nearly every length and delta fits into one byte.
    if first & 0x80 == 0 {
        return Ok(unzigzag32(u32::from(first)));
    }
    let mut value = u32::from(first & 0x7f);
    for shift in [7, 14, 21, 28] {
        let byte = source.byte()?;
        // Bits beyond the 32nd fall out of the shift, as they do in Kafka.
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(unzigzag32(value));
        }
    }
    Err(Fault::Malformed("a 32-bit varint has more than five bytes"))
}

/// # Errors
/// The source ends, or the tenth byte still asks for more.
#[inline]
pub(crate) fn read_i64(source: &mut impl Source) -> Result<i64, Fault> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = source.byte()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    Err(Fault::Malformed("a 64-bit varint has more than ten bytes"))
}

fn unzigzag32(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

pub(crate) fn put_i32(value: i32, out: &mut Vec<u8>) {
    put_unsigned(u64::from(((value << 1) ^ (value >> 31)) as u32), out);
}

pub(crate) fn put_i64(value: i64, out: &mut Vec<u8>) {
    put_unsigned(((value << 1) ^ (value >> 63)) as u64, out);
}

fn put_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that [`put_i32`] writes, 1 to 5.
pub(crate) fn size_i32(value: i32) -> usize {
    size_i64(i64::from(value))
}

/// Bytes that [`put_i64`] writes, 1 to 10.
pub(crate) fn size_i64(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    (64 - (zigzag | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Cursor;

    #[test]
    fn integers_survive_at_every_length_and_their_size_is_known_beforehand() {
        let mut value = 1_i64;
        let mut values = vec![0, -1, i64::MIN, i64::MAX];
        for _ in 0..63 {
            values.extend([value, -value, value - 1]);
            value = value.wrapping_mul(2);
        }
        for value in values {
            let mut bytes = Vec::new();
            put_i64(value, &mut bytes);
            assert_eq!(bytes.len(), size_i64(value), "{value}");
            assert_eq!(read_i64(&mut Cursor::new(&bytes)), Ok(value));
            if let Ok(small) = i32::try_from(value) {
                let mut bytes = Vec::new();
                put_i32(small, &mut bytes);
                assert_eq!(bytes.len(), size_i32(small), "{small}");
                assert_eq!(read_i32(&mut Cursor::new(&bytes)), Ok(small));
            }
        }
    }

    #[test]
    fn an_integer_that_never_ends_is_refused_and_one_cut_short_is_too() {
        assert!(matches!(read_i32(&mut Cursor::new(&[0xff; 20])), Err(Fault::Malformed(_))));
        assert!(matches!(read_i64(&mut Cursor::new(&[0xff; 20])), Err(Fault::Malformed(_))));
        assert_eq!(read_i32(&mut Cursor::new(&[0xff; 3])), Err(Fault::Ended));
        assert_eq!(read_i64(&mut Cursor::new(&[0xff; 9])), Err(Fault::Ended));
        assert_eq!(read_i32(&mut Cursor::new(&[])), Err(Fault::Ended));
    }
}
