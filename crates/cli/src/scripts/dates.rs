//! Moments and lengths of time as `--to-datetime` and `--by-duration` take them.

use regex::Regex;

/// Milliseconds since 1970 of `YYYY-MM-DDThh:mm:ss.sss`, with `Z` or an offset behind it; UTC without
/// either.
///
/// # Errors
/// What it should have been.
pub fn date_time(text: &str) -> Result<i64, String> {
    let wrong = || {
        format!(
            "Error parsing timestamp. It does not match any of the expected formats: 'YYYY-MM-DDThh:mm:ss.sss', got '{text}'"
        )
    };
    let (date, rest) = text.split_once('T').ok_or_else(wrong)?;
    let (time, zone_minutes) = match rest.find(['Z', '+', '-']) {
        None => (rest, 0),
        Some(at) => (&rest[..at], zone(&rest[at..]).ok_or_else(wrong)?),
    };
    let date = numbers(date, '-').ok_or_else(wrong)?;
    // Three digits or not, Java reads thousandths: `.5` is 5 of them, and none is no time at all.
    let (time, ms) = time.split_once('.').ok_or_else(wrong)?;
    let time = numbers(time, ':').ok_or_else(wrong)?;
    let ms = digits(ms).filter(|ms| *ms < 1000).ok_or_else(wrong)?;
    let valid = (1..=9999).contains(&date[0])
        && (1..=12).contains(&date[1])
        && (1..=days_of_month(date[0], date[1])).contains(&date[2])
        && time[0] < 24
        && time[1] < 60
        && time[2] < 60;
    if !valid {
        return Err(wrong());
    }
    let days = days_since_1970(date[0], date[1], date[2]);
    let minutes = (days * 24 + time[0]) * 60 + time[1] - zone_minutes;
    Ok((minutes * 60 + time[2]) * 1000 + ms)
}

/// A number without a sign.
fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text.bytes().all(|letter| letter.is_ascii_digit()))
}

/// The three numbers of a date or of a time.
fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let numbers: Option<Vec<i64>> = text.split(separator).map(digits).collect();
    numbers?.try_into().ok()
}

/// Minutes east of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm`.
fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = text[1..].replace(':', "");
    let number = digits(&text)?;
    let (hours, minutes) = match text.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_since_1970(next_year, next, 1) - days_since_1970(year, month, 1)
}

/// Of the Gregorian calendar; the year is counted from March, so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Milliseconds of `PnDTnHnMnS`: whole numbers in this order, each of which may be left out and may have
/// a sign; seconds may have a fraction.
///
/// # Errors
/// What it should have been.
pub fn duration(text: &str) -> Result<i64, String> {
    milliseconds(&text.to_ascii_uppercase())
        .ok_or_else(|| "Text cannot be parsed to a Duration".to_owned())
}

fn milliseconds(text: &str) -> Option<i64> {
    let pattern = Regex::new(
        r"^([-+]?)P(?:([-+]?[0-9]+)D)?(?:T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?$",
    )
    .expect("the expression is valid");
    let parts = pattern.captures(text).filter(|_| !text.ends_with(['P', 'T']))?;
    let part = |index| parts.get(index).map_or("", |part: regex::Match<'_>| part.as_str());
    let mut sum: i64 = 0;
    for (index, unit) in [(2, 86_400_000), (3, 3_600_000), (4, 60_000), (5, 1_000)] {
        if !part(index).is_empty() {
            let number: i64 = part(index).parse().ok()?;
            sum = sum.checked_add(number.checked_mul(unit)?)?;
        }
    }
    let fraction: i64 = format!("{:0<3.3}", part(6)).parse().ok()?;
    let sum = sum.checked_add(if part(5).starts_with('-') { -fraction } else { fraction })?;
    if part(1) == "-" { sum.checked_neg() } else { Some(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_utc_unless_it_says_otherwise() {
        assert_eq!(date_time("1970-01-01T00:00:00.000"), Ok(0));
        assert_eq!(date_time("2024-02-29T12:30:45.500Z"), Ok(1_709_209_845_500));
        assert_eq!(date_time("2024-02-29T12:30:45.500+02:00"), Ok(1_709_202_645_500));
        assert_eq!(date_time("2024-02-29T12:30:45.000-0130"), Ok(1_709_215_245_000));
        for wrong in ["2024-02-29", "2024-13-01T00:00:00.000", "now", "2024-02-29T25:00:00.000"] {
            assert!(date_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_that_never_was_is_no_moment() {
        assert_eq!(date_time("2024-12-31T23:59:59.999"), Ok(1_735_689_599_999));
        for wrong in [
            "2024-02-30T00:00:00.000",
            "2023-02-29T00:00:00.000",
            "2024-04-31T00:00:00.000",
            "2024-01-01T00:00:60.000",
            "2024-01-01T+1:00:00.000",
            "2024-01-01T00:00:00.000+24:00",
        ] {
            assert!(date_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn thousandths_are_a_number_and_must_be_there() {
        assert_eq!(date_time("1970-01-01T00:00:01.5"), Ok(1_005));
        for wrong in ["1970-01-01T00:00:01", "1970-01-01T00:00:01.", "1970-01-01T00:00:01.0005000"]
        {
            assert!(date_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_days_and_a_time() {
        assert_eq!(duration("P1DT2H3M4.5S"), Ok(93_784_500));
        assert_eq!(duration("PT10M"), Ok(600_000));
        assert_eq!(duration("-PT1S"), Ok(-1_000));
        assert_eq!(duration("pt-1.5s"), Ok(-1_500));
        assert_eq!(duration("P+1DT-24H"), Ok(0));
        for wrong in [
            "P",
            "PT",
            "P1DT",
            "10M",
            "PT10",
            "P1H",
            "PT1.5H",
            "PT5M3H",
            "PT1H1H",
            "PT.5S",
            "P106751991168D",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
