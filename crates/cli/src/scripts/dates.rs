//! Moments and lengths of time as `--to-datetime` and `--by-duration` take them.

/// Milliseconds since 1970 of `YYYY-MM-DDThh:mm:ss[.sss]`, with `Z` or an offset behind it; UTC without
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
    let numbers = |text: &str, separator: char| -> Option<Vec<i64>> {
        text.split(separator).map(|part| part.parse().ok()).collect()
    };
    let date = numbers(date, '-').filter(|parts| parts.len() == 3).ok_or_else(wrong)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let time = numbers(time, ':').filter(|parts| parts.len() == 3).ok_or_else(wrong)?;
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let ms: i64 = fraction.parse().map_err(|_| wrong())?;
    let valid = (1..=12).contains(&date[1])
        && (1..=31).contains(&date[2])
        && (0..24).contains(&time[0])
        && (0..60).contains(&time[1])
        && (0..61).contains(&time[2]);
    if !valid || !(0..=9999).contains(&date[0]) {
        return Err(wrong());
    }
    let days = days_since_1970(date[0], date[1], date[2]);
    let minutes = (days * 24 + time[0]) * 60 + time[1] - zone_minutes;
    Ok((minutes * 60 + time[2]) * 1000 + ms)
}

/// Minutes east of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm`.
fn zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(sign * number * 60),
        4 => Some(sign * (number / 100 * 60 + number % 100)),
        _ => None,
    }
}

/// Of the Gregorian calendar; the year is counted from March, so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Milliseconds of `PnDTnHnMnS`.
///
/// # Errors
/// What it should have been.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || "Text cannot be parsed to a Duration".to_owned();
    let upper = text.to_ascii_uppercase();
    let (sign, rest) = match upper.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, upper.as_str()),
    };
    let rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
    let mut seconds = 0.0;
    let mut number = String::new();
    let mut in_time = false;
    for letter in rest.chars() {
        let unit = match letter {
            'T' if !in_time && number.is_empty() => {
                in_time = true;
                continue;
            }
            'D' if !in_time => 86_400.0,
            'H' if in_time => 3_600.0,
            'M' if in_time => 60.0,
            'S' if in_time => 1.0,
            '0'..='9' | '.' | '-' | '+' => {
                number.push(letter);
                continue;
            }
            _ => return Err(wrong()),
        };
        seconds += unit * number.parse::<f64>().map_err(|_| wrong())?;
        number.clear();
    }
    match number.is_empty() && !rest.ends_with('T') {
        true => Ok((sign * seconds * 1000.0).round() as i64),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_utc_unless_it_says_otherwise() {
        assert_eq!(date_time("1970-01-01T00:00:00.000"), Ok(0));
        assert_eq!(date_time("2024-02-29T12:30:45.5Z"), Ok(1_709_209_845_500));
        assert_eq!(date_time("2024-02-29T12:30:45.500+02:00"), Ok(1_709_202_645_500));
        assert_eq!(date_time("2024-02-29T12:30:45-0130"), Ok(1_709_215_245_000));
        for wrong in ["2024-02-29", "2024-13-01T00:00:00", "now", "2024-02-29T25:00:00"] {
            assert!(date_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_days_and_a_time() {
        assert_eq!(duration("P1DT2H3M4.5S"), Ok(93_784_500));
        assert_eq!(duration("PT10M"), Ok(600_000));
        assert_eq!(duration("-PT1S"), Ok(-1_000));
        for wrong in ["P", "PT", "10M", "PT10", "P1H"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
