//! Numbers as people read them: rounded, with a narrow unit.

/// A narrow no-break space, between a number and its unit and between groups of digits.
pub(crate) const THIN: char = '\u{202f}';

/// Bytes in decimal units with two to three digits: `1.7 GB`, `856 MB`, `2 kB`, `134 bytes`.
pub fn bytes(amount: u64) -> String {
    const UNITS: [(&str, f64); 4] = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    for (unit, size) in UNITS {
        let value = amount as f64 / size;
        // 999.6 MB reads better as 1.0 GB than as 1000 MB.
        if value >= 0.9995 {
            return if value < 9.95 && unit != "kB" {
                format!("{value:.1}{THIN}{unit}")
            } else {
                format!("{value:.0}{THIN}{unit}")
            };
        }
    }
    if amount == 1 { format!("1{THIN}byte") } else { format!("{amount}{THIN}bytes") }
}

/// A share from 0 to 1 as whole percent: `40 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0}{THIN}%", share * 100.0)
}

/// A strength: like [`percent`], with one decimal where a whole number would not be true.
pub fn strength(value: f64) -> String {
    let tenths = (value * 1000.0).round() / 10.0;
    if tenths.fract().abs() < 1e-9 { format!("{tenths:.0}{THIN}%") } else { format!("{tenths:.1}{THIN}%") }
}

/// A small share with two digits that count: `0.8 %`, `12 %`, `0.05 %`.
pub fn small_percent(share: f64) -> String {
    let value = share * 100.0;
    match value.abs() {
        v if v >= 9.95 => format!("{value:.0}{THIN}%"),
        v if v >= 0.095 || v == 0.0 => format!("{value:.1}{THIN}%"),
        _ => format!("{value:.2}{THIN}%"),
    }
}

/// A score from 0 to 1 as percent, always with one decimal, so that scores stand in columns: `90.5 %`.
pub fn score(share: f64) -> String {
    format!("{}{THIN}%", tenths(share))
}

/// A score without its unit: `90.5`.
pub fn tenths(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// A difference of two scores in points: `+1.2`, `−0.5`, `±0.0`.
pub fn points(difference: f64) -> String {
    let tenths = (difference * 1000.0).round() / 10.0;
    let sign = match tenths {
        t if t > 0.0 => '+',
        t if t < 0.0 => '−',
        _ => '±',
    };
    format!("{sign}{:.1}", tenths.abs())
}

/// A duration: `20 s`, `2 min`, `1 h 5 min`; below one second `under 1 s`.
pub fn seconds(duration: f64) -> String {
    let whole = duration.max(0.0).round() as u64;
    match whole {
        0 => format!("under 1{THIN}s"),
        1..=99 => format!("{whole}{THIN}s"),
        100..=5_399 => format!("{}{THIN}min", (whole + 30) / 60),
        _ => {
            let minutes = (whole + 30) / 60;
            format!("{}{THIN}h {}{THIN}min", minutes / 60, minutes % 60)
        }
    }
}

/// A count in words where it is large: `428 million`, `7.2 billion`, `458 592`.
pub fn count(number: u64) -> String {
    match number {
        1_000_000_000.. => format!("{:.1} billion", number as f64 / 1e9),
        10_000_000.. => format!("{:.0} million", number as f64 / 1e6),
        1_000_000.. => format!("{:.1} million", number as f64 / 1e6),
        _ => grouped(number),
    }
}

/// Digits in groups of three: `49 408`; four digits are grouped too.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// `1 part`, `590 parts`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(number))
}

/// A number up to twelve as a word, for the beginning of a sentence: `Five`.
pub fn spelled(number: usize) -> String {
    const WORDS: [&str; 13] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// A list in a sentence: `A`, `A and B`, `A, B and C`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}

/// A SHA-256 in groups of four, shortened in the middle.
pub fn fingerprint(hex: &str) -> String {
    let group = |text: &str| {
        text.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect::<Vec<_>>().join(" ")
    };
    if hex.len() < 32 {
        return group(hex);
    }
    format!("{} … {}", group(&hex[..16]), group(&hex[hex.len() - 16..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        let plain = |text: String| text.replace(THIN, " ");
        assert_eq!(plain(bytes(1)), "1 byte");
        assert_eq!(plain(bytes(134)), "134 bytes");
        assert_eq!(plain(bytes(1_999)), "2 kB");
        assert_eq!(plain(bytes(1_850_000)), "1.9 MB");
        assert_eq!(plain(bytes(999_600_000)), "1.0 GB");
        assert_eq!(plain(bytes(13_500_000_000)), "14 GB");
        assert_eq!(plain(seconds(0.2)), "under 1 s");
        assert_eq!(plain(seconds(99.0)), "99 s");
        assert_eq!(plain(seconds(150.0)), "3 min");
        assert_eq!(plain(seconds(5_400.0)), "1 h 30 min");
        assert_eq!(plain(grouped(49_408)), "49 408");
        assert_eq!(plain(grouped(999)), "999");
        assert_eq!(count(428_000_000), "428 million");
        assert_eq!(plain(strength(0.4)), "40 %");
        assert_eq!(plain(strength(1.0 / 3.0)), "33.3 %");
        assert_eq!(plain(small_percent(0.005)), "0.5 %");
        assert_eq!(plain(score(0.9)), "90.0 %");
        assert_eq!([points(0.0124), points(-0.005), points(0.0002)], ["+1.2", "−0.5", "±0.0"]);
    }

    #[test]
    fn lists_end_with_and() {
        let items = ["A", "B", "C"].map(str::to_owned);
        assert_eq!(list(&items), "A, B and C");
        assert_eq!(list(&items[..2]), "A and B");
        assert_eq!(list(&items[..1]), "A");
    }

    #[test]
    fn fingerprints_are_shortened_in_the_middle() {
        let hex = "9f31c07a52e48bd6000000000000000000000000000000001e77a40c6d9520fb";
        assert_eq!(fingerprint(hex), "9f31 c07a 52e4 8bd6 … 1e77 a40c 6d95 20fb");
    }
}
