//! The pixels of a small picture.

use protocol::measure::Picture;

/// Red, green, blue and opacity of every pixel; `None` if there are not as many as the picture says.
pub fn pixels(picture: &Picture) -> Option<Vec<u8>> {
    let digits = picture.rgb.as_bytes();
    let expected = (picture.width as usize).checked_mul(picture.height as usize)?.checked_mul(6)?;
    if digits.len() != expected || expected == 0 {
        return None;
    }
    let mut found = Vec::with_capacity(expected / 6 * 4);
    for pixel in digits.chunks_exact(6) {
        for pair in pixel.chunks_exact(2) {
            found.push(digit(pair[0])? * 16 + digit(pair[1])?);
        }
        found.push(255);
    }
    Some(found)
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_one_channel() {
        let picture = |rgb: &str| Picture { width: 2, height: 1, rgb: rgb.into() };
        assert_eq!(pixels(&picture("ff0080000a0B")), Some(vec![255, 0, 128, 255, 0, 10, 11, 255]));
        assert_eq!(pixels(&picture("ff0080")), None);
        assert_eq!(pixels(&picture("ff0080000a0x")), None);
        assert_eq!(pixels(&Picture { width: 0, height: 0, rgb: String::new() }), None);
    }
}
