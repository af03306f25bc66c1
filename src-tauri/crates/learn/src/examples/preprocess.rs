//! From a picture to what a model takes, as its `preprocessor_config.json` says.
//!
//! Order and rounding are those of transformers 5.23 with Pillow: resize and crop in bytes, then
//! `f32(byte · factor)`, then `(value − mean) / deviation` in f32.

use serde_json::Value;

use super::resize::resize;
use super::{Error, Filter, Rgb};

/// Most pixels of a resized picture, before it is cropped.
const PIXELS: usize = 64 << 20;

/// The size of a resized picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Height and width, whatever the picture's own proportions.
    Exact(usize, usize),
    /// The shorter edge; the longer one keeps the proportions, cut down to a whole number.
    ShortestEdge(usize),
}

/// How a model wants its pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocess {
    /// Resizing and its filter.
    pub resize: Option<(Size, Filter)>,
    /// Height and width of the middle that is kept; missing edges are black.
    pub crop: Option<(usize, usize)>,
    /// Factor for the bytes.
    pub rescale: Option<f64>,
    /// Mean and deviation of each channel.
    pub normalise: Option<([f32; 3], [f32; 3])>,
}

/// What a kind of processor does where its file is silent.
struct Usual {
    /// Name without the ending `ImageProcessor` or `FeatureExtractor`.
    name: &'static str,
    size: Size,
    crop: Option<(usize, usize)>,
    resample: u64,
    mean: [f32; 3],
    deviation: [f32; 3],
}

const HALF: [f32; 3] = [0.5; 3];
const CLIP_MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const CLIP_DEVIATION: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

/// Kinds that resize, crop, rescale and normalise, and nothing else.
const USUAL: [Usual; 5] = [
    Usual { name: "ViT", size: Size::Exact(224, 224), crop: None, resample: 2, mean: HALF, deviation: HALF },
    Usual {
        name: "CLIP",
        size: Size::ShortestEdge(224),
        crop: Some((224, 224)),
        resample: 3,
        mean: CLIP_MEAN,
        deviation: CLIP_DEVIATION,
    },
    Usual {
        name: "DeiT",
        size: Size::Exact(256, 256),
        crop: Some((224, 224)),
        resample: 3,
        mean: HALF,
        deviation: HALF,
    },
    Usual {
        name: "Bit",
        size: Size::ShortestEdge(224),
        crop: Some((224, 224)),
        resample: 3,
        mean: CLIP_MEAN,
        deviation: CLIP_DEVIATION,
    },
    Usual { name: "Siglip", size: Size::Exact(224, 224), crop: None, resample: 3, mean: HALF, deviation: HALF },
];

impl Preprocess {
    /// What `preprocessor_config.json` says; where it is silent, what its kind does.
    ///
    /// # Errors
    /// [`Error::Preparation`] names a setting that cannot be followed: a kind that is not known, a size that is not
    /// fixed, padding, a filter that does not exist.
    pub fn from_config(config: &Value) -> Result<Self, Error> {
        let usual = kind(config)?;
        if flag(config, "do_pad", false) {
            return Err(unknown("do_pad"));
        }
        let resize = flag(config, "do_resize", true).then(|| resizing(config, usual)).transpose()?;
        let crops = flag(config, "do_center_crop", usual.crop.is_some());
        let crop = crops.then(|| cropping(config, usual)).transpose()?;
        if crop.is_none() && !matches!(resize, Some((Size::Exact(..), _))) {
            // Pictures of different sizes cannot stand in one batch.
            return Err(unknown(if resize.is_none() { "do_resize" } else { "size" }));
        }
        let factor = || number(config, "rescale_factor", 1.0 / 255.0);
        let rescale = flag(config, "do_rescale", true).then(factor).transpose()?;
        let channels =
            || Ok((triple(config, "image_mean", usual.mean)?, triple(config, "image_std", usual.deviation)?));
        let normalise = flag(config, "do_normalize", true).then(channels).transpose()?;
        Ok(Self { resize, crop, rescale, normalise })
    }

    /// What ViT models usually do, for a model without a file: this height and width, values from -1 to 1.
    pub fn usual(height: usize, width: usize) -> Self {
        Self {
            resize: Some((Size::Exact(height, width), Filter::Bilinear)),
            crop: None,
            rescale: Some(1.0 / 255.0),
            normalise: Some((HALF, HALF)),
        }
    }

    /// Height and width of what the model gets; `None` if each picture keeps its own.
    pub fn size(&self) -> Option<(usize, usize)> {
        match (self.crop, self.resize) {
            (Some(size), _) => Some(size),
            (None, Some((Size::Exact(height, width), _))) => Some((height, width)),
            _ => None,
        }
    }

    /// The picture resized and cropped, as planes \[3, h, w\]; `None` if it would become far too large.
    pub fn bytes(&self, picture: &Rgb) -> Option<Vec<u8>> {
        let resized = match self.resize {
            Some((size, filter)) => {
                let (height, width) = size.of(picture)?;
                &resize(picture, width, height, filter)
            }
            None => picture,
        };
        let (height, width) = self.crop.unwrap_or((resized.height, resized.width));
        Some(middle(resized, height, width))
    }

    /// One picture as the model takes it, values \[3, h, w\]; `None` if it would become far too large.
    pub fn prepare(&self, picture: &Rgb) -> Option<Vec<f32>> {
        let (bytes, values) = (self.bytes(picture)?, self.values());
        let plane = bytes.len() / 3;
        Some(bytes.iter().enumerate().map(|(at, &byte)| values[at / plane][usize::from(byte)]).collect())
    }

    /// The value of each byte in each channel.
    pub fn values(&self) -> [[f32; 256]; 3] {
        let mut values = [[0.0; 256]; 3];
        for (channel, row) in values.iter_mut().enumerate() {
            for (byte, value) in (0u8..=255).zip(row.iter_mut()) {
                let scaled = self.rescale.map_or(f32::from(byte), |factor| (f64::from(byte) * factor) as f32);
                *value =
                    self.normalise.map_or(scaled, |(mean, deviation)| (scaled - mean[channel]) / deviation[channel]);
            }
        }
        values
    }
}

impl Size {
    /// Height and width for a picture; `None` beyond any sensible size.
    fn of(self, picture: &Rgb) -> Option<(usize, usize)> {
        let (height, width) = match self {
            Size::Exact(height, width) => (height, width),
            Size::ShortestEdge(edge) => {
                let (short, long) = (picture.width.min(picture.height), picture.width.max(picture.height));
                let longer = edge.checked_mul(long)? / short;
                if picture.width <= picture.height { (longer, edge) } else { (edge, longer) }
            }
        };
        height.checked_mul(width).filter(|&pixels| pixels <= PIXELS).map(|_| (height, width))
    }
}

/// The middle of a picture as planes; what lies outside the picture is black.
fn middle(picture: &Rgb, height: usize, width: usize) -> Vec<u8> {
    let (top, left) = (start(picture.height, height), start(picture.width, width));
    let mut planes = vec![0; 3 * height * width];
    for row in 0..height {
        let Some(from) = row.checked_add_signed(top).filter(|&from| from < picture.height) else { continue };
        for column in 0..width {
            let Some(at) = column.checked_add_signed(left).filter(|&at| at < picture.width) else { continue };
            let pixel = &picture.bytes[(from * picture.width + at) * 3..][..3];
            for (channel, &value) in pixel.iter().enumerate() {
                planes[(channel * height + row) * width + column] = value;
            }
        }
    }
    planes
}

/// The first pixel of the middle. Rounded down; a picture that is too small gets the larger half of the edge before it.
fn start(size: usize, wanted: usize) -> isize {
    (size as isize - wanted as isize).div_euclid(2)
}

fn unknown(what: &str) -> Error {
    Error::Preparation { place: String::new(), what: what.to_owned() }
}

fn kind(config: &Value) -> Result<&'static Usual, Error> {
    let find = |key: &str| config.get(key).and_then(Value::as_str);
    let full = find("image_processor_type").or_else(|| find("feature_extractor_type")).unwrap_or("ViTImageProcessor");
    let name = full.trim_end_matches("Fast").trim_end_matches("Pil");
    let name = name.trim_end_matches("ImageProcessor").trim_end_matches("FeatureExtractor");
    USUAL.iter().find(|usual| usual.name == name).ok_or_else(|| unknown("image_processor_type"))
}

fn flag(config: &Value, key: &str, usual: bool) -> bool {
    config.get(key).and_then(Value::as_bool).unwrap_or(usual)
}

fn number(config: &Value, key: &str, usual: f64) -> Result<f64, Error> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(usual),
        Some(value) => value.as_f64().filter(|value| value.is_finite()).ok_or_else(|| unknown(key)),
    }
}

/// Three numbers, or one for all channels.
fn triple(config: &Value, key: &str, usual: [f32; 3]) -> Result<[f32; 3], Error> {
    let read = |value: &Value| value.as_f64().map(|value| value as f32).filter(|value| value.is_finite());
    let found = match config.get(key) {
        None | Some(Value::Null) => Some(usual),
        Some(Value::Array(list)) => list.iter().map(read).collect::<Option<Vec<f32>>>().and_then(|v| v.try_into().ok()),
        Some(value) => read(value).map(|value| [value; 3]),
    };
    found.ok_or_else(|| unknown(key))
}

/// A whole number of pixels that makes sense.
fn pixels(value: Option<&Value>) -> Option<usize> {
    value?.as_u64().filter(|&pixels| (1..=8192).contains(&pixels)).map(|pixels| pixels as usize)
}

fn resizing(config: &Value, usual: &Usual) -> Result<(Size, Filter), Error> {
    let size = match config.get("size") {
        None | Some(Value::Null) => Some(usual.size),
        Some(size) => size_of(size, usual.size),
    };
    let resample = config.get("resample").filter(|value| !value.is_null());
    let resample = resample.map_or(Some(usual.resample), Value::as_u64);
    let filter = resample.and_then(Filter::of_setting).ok_or_else(|| unknown("resample"))?;
    Ok((size.ok_or_else(|| unknown("size"))?, filter))
}

/// `{"height", "width"}`, `{"shortest_edge"}`, or the single number of old files, which means what the kind does.
fn size_of(size: &Value, usual: Size) -> Option<Size> {
    if size.get("longest_edge").is_some_and(|edge| !edge.is_null()) {
        return None;
    }
    match (pixels(size.get("shortest_edge")), pixels(size.get("height")), pixels(size.get("width")), usual) {
        (Some(edge), ..) => Some(Size::ShortestEdge(edge)),
        (None, Some(height), Some(width), _) => Some(Size::Exact(height, width)),
        (.., Size::Exact(..)) => pixels(Some(size)).map(|edge| Size::Exact(edge, edge)),
        (.., Size::ShortestEdge(_)) => pixels(Some(size)).map(Size::ShortestEdge),
    }
}

fn cropping(config: &Value, usual: &Usual) -> Result<(usize, usize), Error> {
    let found = match config.get("crop_size") {
        None | Some(Value::Null) => usual.crop,
        Some(size) => match (pixels(size.get("height")), pixels(size.get("width"))) {
            (Some(height), Some(width)) => Some((height, width)),
            _ => pixels(Some(size)).map(|edge| (edge, edge)),
        },
    };
    found.ok_or_else(|| unknown("crop_size"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_silent_file_means_what_its_kind_does() {
        let clip = Preprocess::from_config(&json!({"image_processor_type": "CLIPImageProcessorFast"})).unwrap();
        assert_eq!(clip.resize, Some((Size::ShortestEdge(224), Filter::Bicubic)));
        assert_eq!((clip.crop, clip.size()), (Some((224, 224)), Some((224, 224))));
        let vit = Preprocess::from_config(&json!({"feature_extractor_type": "ViTFeatureExtractor", "size": 384}));
        assert_eq!(vit.unwrap().resize, Some((Size::Exact(384, 384), Filter::Bilinear)));
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let cases = [
            (json!({"image_processor_type": "DonutImageProcessor"}), "image_processor_type"),
            (json!({"do_pad": true}), "do_pad"),
            (json!({"size": {"shortest_edge": 224}}), "size"),
            (json!({"size": {"shortest_edge": 224, "longest_edge": 300}}), "size"),
            (json!({"do_resize": false}), "do_resize"),
            (json!({"resample": 9}), "resample"),
            (json!({"image_mean": [0.5, 0.5]}), "image_mean"),
            (json!({"do_center_crop": true}), "crop_size"),
        ];
        for (config, setting) in cases {
            let fault = Preprocess::from_config(&config).unwrap_err();
            assert!(matches!(&fault, Error::Preparation { what, .. } if what == setting), "{config}: {fault}");
        }
    }

    #[test]
    fn values_follow_the_formula_and_each_step_can_be_off() {
        let mut preprocess = Preprocess::usual(2, 2);
        assert_eq!(preprocess.values()[2][255], 1.0);
        assert_eq!(preprocess.values()[0][0], -1.0);
        preprocess.normalise = None;
        assert_eq!(preprocess.values()[1][255], 1.0);
        preprocess.rescale = None;
        assert_eq!(preprocess.values()[1][200], 200.0);
    }

    #[test]
    fn absurd_proportions_do_not_eat_the_memory() {
        let line = Rgb::new(30_000, 1, vec![0; 90_000]).unwrap();
        let clip = Preprocess::from_config(&json!({"image_processor_type": "CLIPImageProcessor"})).unwrap();
        assert_eq!(clip.bytes(&line), None);
        assert!(Preprocess::usual(8, 8).bytes(&line).is_some());
    }
}
