//! One picture as bytes of red, green and blue.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageError, ImageReader, Limits};
use protocol::words::examples as words;

/// Most pixels in a row or a column.
const EDGE: u32 = 32_768;
/// Most bytes that decoding may take.
const DECODED_BYTES: u64 = 512 << 20;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Pixels in a row; at least 1.
    pub width: usize,
    /// Rows; at least 1.
    pub height: usize,
    /// \[height, width, 3\], red first.
    pub bytes: Vec<u8>,
}

impl Rgb {
    /// A picture of these bytes \[height, width, 3\]; `None` if there are not as many or none.
    pub fn new(width: usize, height: usize, bytes: Vec<u8>) -> Option<Self> {
        let length = width.checked_mul(height)?.checked_mul(3)?;
        (length > 0 && bytes.len() == length).then_some(Self { width, height, bytes })
    }

    /// A picture of planes \[channels, height, width\]; one channel is gray, three are colour, others are `None`.
    pub(super) fn from_planes(planes: &[u8], channels: usize, height: usize, width: usize) -> Option<Self> {
        let plane = height.checked_mul(width)?;
        if !matches!(channels, 1 | 3) || planes.len() != plane * channels {
            return None;
        }
        let pixel = |at: usize| [0, 1, 2].map(|channel| planes[plane * channel.min(channels - 1) + at]);
        Self::new(width, height, (0..plane).flat_map(pixel).collect())
    }

    /// Opens a picture as [`Self::decode`] does.
    ///
    /// # Errors
    /// What the system says where the file cannot be read; else why not, in words.
    pub fn open(path: &Path) -> std::io::Result<Result<Self, String>> {
        Ok(Self::decode(&fs::read(path)?))
    }

    /// Decodes PNG, JPEG, WebP, BMP or the first frame of a GIF, told apart by their bytes and not by their names.
    ///
    /// Gray is repeated, transparent parts show white as transformers 5 has it, and turns that a camera noted are not
    /// applied (transformers does not either).
    ///
    /// # Errors
    /// Why not, in words.
    pub fn decode(encoded: &[u8]) -> Result<Self, String> {
        let broken = |_| words::broken_picture();
        let mut reader = ImageReader::new(Cursor::new(encoded)).with_guessed_format().map_err(broken)?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(EDGE);
        limits.max_image_height = Some(EDGE);
        limits.max_alloc = Some(DECODED_BYTES);
        reader.limits(limits);
        let decoded = reader.decode().map_err(|fault| match fault {
            ImageError::Limits(_) => words::huge_picture(),
            _ => words::broken_picture(),
        })?;
        let (width, height) = (decoded.width() as usize, decoded.height() as usize);
        Self::new(width, height, opaque(decoded)).ok_or_else(words::broken_picture)
    }
}

fn opaque(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let pixels = picture.into_rgba8().into_raw();
    pixels
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|&[red, green, blue, alpha]| on_white([red, green, blue], alpha))
        .collect()
}

/// Lays a colour over white in the fixed point of Pillow's `alpha_composite`, so that the bytes are equal.
fn on_white(colour: [u8; 3], alpha: u8) -> [u8; 3] {
    if alpha == 0 {
        return [255; 3];
    }
    let over = u32::from(alpha) * 128;
    let under = 255 * 128 - over;
    colour.map(|value| {
        let sum = u32::from(value) * over + 255 * under + (0x80 << 7);
        (((sum >> 8) + sum) >> 8 >> 7) as u8
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn gray_planes_become_colour_and_others_are_refused() {
        assert_eq!(Rgb::from_planes(&[7, 9], 1, 1, 2).unwrap().bytes, [7, 7, 7, 9, 9, 9]);
        assert_eq!(Rgb::from_planes(&[1, 2, 3, 4, 5, 6], 3, 1, 2).unwrap().bytes, [1, 3, 5, 2, 4, 6]);
        assert_eq!(Rgb::from_planes(&[1, 2], 2, 1, 1), None);
        assert_eq!(Rgb::from_planes(&[], 1, 0, 0), None);
    }

    #[test]
    fn transparent_is_white_and_opaque_is_itself() {
        assert_eq!(on_white([10, 20, 30], 0), [255; 3]);
        for value in 0..=255 {
            assert_eq!(on_white([value; 3], 255), [value; 3]);
        }
        // Half of black over white: 255 - 128.
        assert_eq!(on_white([0; 3], 128), [127; 3]);
    }

    #[test]
    fn what_is_no_picture_is_said_to_be_broken() {
        assert_eq!(Rgb::decode(b"not a picture"), Err(words::broken_picture()));
        assert_eq!(Rgb::decode(b""), Err(words::broken_picture()));
    }
}
