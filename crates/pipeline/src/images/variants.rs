use std::io::Cursor;

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Widths that are made where the original is at least as wide.
const WIDTHS: [u32; 3] = [320, 640, 1280];
const WEBP_QUALITY: f32 = 80.0;
/// Longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;
const MAX_PIXELS: u64 = 50_000_000;
/// Memory for the decoded image and what its decoder asks for, in bytes: 50 MP of RGBA and as much again.
const MAX_DECODED: u64 = 400_000_000;
/// Anything smaller counts visits and shows nothing.
const MIN_SIDE: u32 = 32;
/// Thumbhash takes at most 100 by 100 pixels.
const THUMB_SIDE: u32 = 100;

/// An image as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Processed {
    /// Size of the original after its orientation was applied, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Base64 of <https://evanw.github.io/thumbhash/>.
    pub(crate) thumbhash: String,
    /// Width, height and WebP bytes, ascending by width; at least one, none wider than the original.
    pub(crate) variants: Vec<(u32, u32, Vec<u8>)>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    #[error("not a JPEG, PNG, GIF or WebP image")]
    UnknownFormat,
    #[error("the image is too large: {width} by {height} pixels")]
    TooLarge { width: u32, height: u32 },
    #[error("the image is too small to show anything: {width} by {height} pixels")]
    TooSmall { width: u32, height: u32 },
    #[error("the image ends early")]
    Truncated,
    #[error("the image cannot be decoded")]
    Decode(#[source] image::ImageError),
    #[error("the image cannot be resized to {width} by {height} pixels: {why}")]
    Resize { width: u32, height: u32, why: String },
    #[error("the image cannot be encoded as WebP: {why}")]
    Encode { why: String },
}

/// Pixels in the one of two layouts that every later step takes.
struct Pixels {
    width: u32,
    height: u32,
    layout: PixelType,
    bytes: Vec<u8>,
}

/// Checks an image by its own bytes and makes the sizes that are served. Of an animation, its first frame.
///
/// # Errors
/// Bytes of no known format, truncated or hostile ones, sizes outside 32..=12,000 pixels a side or above 50 megapixels.
pub(crate) fn variants(bytes: &[u8]) -> Result<Processed, ImageError> {
    let pixels = decode(bytes)?;
    let mut made = Vec::with_capacity(WIDTHS.len());
    for width in widths(pixels.width) {
        let height = scaled(pixels.height, width, pixels.width);
        let webp = match pixels.resized(width, height)? {
            Some(smaller) => smaller.webp()?,
            None => pixels.webp()?,
        };
        made.push((width, height, webp));
    }
    Ok(Processed { width: pixels.width, height: pixels.height, thumbhash: thumbhash(&pixels)?, variants: made })
}

fn decode(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let format = image::guess_format(bytes).map_err(|_| ImageError::UnknownFormat)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP) {
        return Err(ImageError::UnknownFormat);
    }
    if format == ImageFormat::Jpeg && !ends_whole(bytes) {
        return Err(ImageError::Truncated);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(ImageError::Decode)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > MAX_DECODED {
        return Err(ImageError::TooLarge { width, height });
    }
    // A broken EXIF block leaves a picture that can be shown.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(ImageError::Decode)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Ok(Pixels::from(image))
}

/// The decoder fills what is missing of a JPEG with grey, so the end marker is looked for behind the last scan. Inside a
/// scan `0xff` is always followed by zero or a restart marker.
fn ends_whole(jpeg: &[u8]) -> bool {
    let last = |marker: u8| jpeg.windows(2).rposition(|pair| pair == [0xff, marker]);
    last(0xd9).is_some_and(|end| last(0xda).is_some_and(|scan| scan < end))
}

fn check_size(width: u32, height: u32) -> Result<(), ImageError> {
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooLarge { width, height });
    }
    if width < MIN_SIDE || height < MIN_SIDE {
        return Err(ImageError::TooSmall { width, height });
    }
    Ok(())
}

/// The served widths of an original: those it reaches, and its own where it is narrower than the widest.
fn widths(original: u32) -> Vec<u32> {
    let mut widths: Vec<u32> = WIDTHS.into_iter().filter(|width| *width <= original).collect();
    let widest = WIDTHS[WIDTHS.len() - 1];
    if original < widest && !widths.contains(&original) {
        widths.push(original);
    }
    widths
}

/// `length · to / from`, rounded, at least one.
fn scaled(length: u32, to: u32, from: u32) -> u32 {
    let from = u64::from(from.max(1));
    let scaled = (u64::from(length) * u64::from(to) + from / 2) / from;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

impl From<DynamicImage> for Pixels {
    fn from(image: DynamicImage) -> Self {
        let (width, height) = (image.width(), image.height());
        if image.color().has_alpha() {
            Self { width, height, layout: PixelType::U8x4, bytes: image.into_rgba8().into_raw() }
        } else {
            Self { width, height, layout: PixelType::U8x3, bytes: image.into_rgb8().into_raw() }
        }
    }
}

impl Pixels {
    /// `None` where it has that size already.
    fn resized(&self, width: u32, height: u32) -> Result<Option<Self>, ImageError> {
        if (width, height) == (self.width, self.height) {
            return Ok(None);
        }
        let failed = |why: String| ImageError::Resize { width, height, why };
        let source = fast_image_resize::images::ImageRef::new(self.width, self.height, &self.bytes, self.layout)
            .map_err(|error| failed(error.to_string()))?;
        let mut target = Image::new(width, height, self.layout);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize(&source, &mut target, &options).map_err(|error| failed(error.to_string()))?;
        Ok(Some(Self { width, height, layout: self.layout, bytes: target.into_vec() }))
    }

    fn webp(&self) -> Result<Vec<u8>, ImageError> {
        let encoder = if self.layout == PixelType::U8x4 {
            webp::Encoder::from_rgba(&self.bytes, self.width, self.height)
        } else {
            webp::Encoder::from_rgb(&self.bytes, self.width, self.height)
        };
        let webp = encoder.encode_simple(false, WEBP_QUALITY);
        webp.map(|memory| memory.to_vec()).map_err(|error| ImageError::Encode { why: format!("{error:?}") })
    }

    fn into_rgba(self) -> Vec<u8> {
        match self.layout {
            PixelType::U8x4 => self.bytes,
            _ => self.bytes.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], u8::MAX]).collect(),
        }
    }
}

fn thumbhash(pixels: &Pixels) -> Result<String, ImageError> {
    let longest = pixels.width.max(pixels.height);
    let side = |length| scaled(length, THUMB_SIDE.min(longest), longest);
    let (width, height) = (side(pixels.width), side(pixels.height));
    let small = match pixels.resized(width, height)? {
        Some(small) => small.into_rgba(),
        None => Pixels { bytes: pixels.bytes.clone(), ..*pixels }.into_rgba(),
    };
    Ok(base64(&thumbhash::rgba_to_thumb_hash(width as usize, height as usize, &small)))
}

/// The standard alphabet with padding, RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

    use super::{ImageError, base64, scaled, variants, widths};

    /// Left half red, right half blue.
    fn halves(width: u32, height: u32) -> DynamicImage {
        let colour = |x| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| colour(x)))
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn red_at(webp: &[u8], x: u32, y: u32) -> bool {
        let image = image::load_from_memory_with_format(webp, ImageFormat::WebP).unwrap().into_rgb8();
        let Rgb([red, _, blue]) = *image.get_pixel(x, y);
        red > blue
    }

    #[test]
    fn widths_are_never_above_the_original() {
        let cases: [(u32, &[u32]); 8] = [
            (32, &[32]),
            (320, &[320]),
            (500, &[320, 500]),
            (640, &[320, 640]),
            (1279, &[320, 640, 1279]),
            (1280, &[320, 640, 1280]),
            (1281, &[320, 640, 1280]),
            (12_000, &[320, 640, 1280]),
        ];
        for (original, expected) in cases {
            assert_eq!(widths(original), expected, "{original}");
        }
        assert_eq!([scaled(600, 320, 800), scaled(1, 320, 12_000), scaled(3, 1, 2)], [240, 1, 2]);
    }

    #[test]
    fn every_format_is_known_by_its_bytes_and_becomes_webp() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
            let made = variants(&encoded(&halves(800, 600), format)).unwrap();
            assert_eq!((made.width, made.height), (800, 600), "{format:?}");
            let sizes: Vec<(u32, u32)> = made.variants.iter().map(|(width, height, _)| (*width, *height)).collect();
            assert_eq!(sizes, [(320, 240), (640, 480), (800, 600)], "{format:?}");
            for (width, height, webp) in &made.variants {
                let image = image::load_from_memory_with_format(webp, ImageFormat::WebP).unwrap();
                assert_eq!((image.width(), image.height()), (*width, *height));
                assert!(red_at(webp, 10, 10) && !red_at(webp, width - 10, height - 10), "{format:?}");
            }
            assert!((24..=40).contains(&made.thumbhash.len()), "{}", made.thumbhash);
        }
    }

    #[test]
    fn transparency_and_other_depths_survive() {
        let image = RgbaImage::from_fn(64, 64, |x, _| Rgba([200, 0, 0, if x < 32 { 0 } else { 255 }]));
        let made = variants(&encoded(&DynamicImage::ImageRgba8(image), ImageFormat::Png)).unwrap();
        let webp = image::load_from_memory_with_format(&made.variants[0].2, ImageFormat::WebP).unwrap().into_rgba8();
        assert_eq!((webp.get_pixel(5, 5)[3], webp.get_pixel(60, 5)[3]), (0, 255));

        let deep = DynamicImage::ImageLuma16(halves(400, 300).into_luma16());
        assert_eq!(variants(&encoded(&deep, ImageFormat::Png)).unwrap().variants.len(), 2);
    }

    /// The JPEG with an EXIF block that says only its orientation, <https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf>.
    fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1, 0, u8::try_from(exif.len() + 2).unwrap()]);
        bytes.extend(exif);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    #[test]
    fn exif_orientation_is_applied() {
        let jpeg = encoded(&halves(400, 200), ImageFormat::Jpeg);
        let upright = variants(&turned(&jpeg, 1)).unwrap();
        assert_eq!((upright.width, upright.height), (400, 200));
        let quarter = variants(&turned(&jpeg, 6)).unwrap();
        assert_eq!((quarter.width, quarter.height), (200, 400));
        let (_, height, webp) = &quarter.variants[0];
        assert!(red_at(webp, 100, 10) && !red_at(webp, 100, height - 10), "turned clockwise, left is on top");
        let half = variants(&turned(&jpeg, 3)).unwrap();
        assert!(!red_at(&half.variants[0].2, 10, 10));
    }

    #[test]
    fn the_same_bytes_give_the_same_hash_and_other_pictures_another() {
        let one = variants(&encoded(&halves(320, 320), ImageFormat::Png)).unwrap();
        let again = variants(&encoded(&halves(640, 640), ImageFormat::Png)).unwrap();
        let other = variants(&encoded(&halves(320, 320).fliph(), ImageFormat::Png)).unwrap();
        assert_eq!(one.thumbhash, again.thumbhash);
        assert_ne!(one.thumbhash, other.thumbhash);
    }

    #[test]
    fn tracking_pixels_and_slivers_are_too_small() {
        for (width, height) in [(1, 1), (31, 31), (31, 400), (400, 31)] {
            let result = variants(&encoded(&halves(width, height), ImageFormat::Gif));
            assert!(matches!(result, Err(ImageError::TooSmall { .. })), "{width}x{height}: {result:?}");
        }
        assert!(variants(&encoded(&halves(32, 32), ImageFormat::Gif)).is_ok());
    }

    /// A PNG header that promises a size, with almost no data behind it.
    fn promised(width: u32, height: u32) -> Vec<u8> {
        let mut png = encoded(&halves(40, 40), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc32(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&checksum);
        png
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    #[test]
    fn promised_sizes_are_checked_before_memory_is_taken() {
        for (width, height) in [(12_001, 40), (40, 12_001), (8_000, 8_000)] {
            let result = variants(&promised(width, height));
            assert!(matches!(result, Err(ImageError::TooLarge { .. })), "{width}x{height}: {result:?}");
        }
        // One row alone is more than the decoder may ask for.
        let result = variants(&promised(2_000_000_000, 2_000_000_000));
        assert!(matches!(result, Err(ImageError::Decode(image::ImageError::Limits(_)))), "{result:?}");
        assert!(matches!(variants(&promised(41, 4000)), Err(ImageError::Decode(_))));
        // A GIF screen of 65,535 by 65,535.
        let result = variants(b"GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0\x3b");
        assert!(matches!(result, Err(ImageError::TooLarge { .. })), "{result:?}");
    }

    #[test]
    fn what_is_no_image_is_refused_in_words() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"400\"/>";
        let bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0";
        for bytes in [&b""[..], b"<!doctype html><title>404</title>", svg, bmp, b"%PDF-1.7", b"\0\0\0\0"] {
            let result = variants(bytes);
            assert!(matches!(result, Err(ImageError::UnknownFormat)), "{bytes:?}: {result:?}");
        }
    }

    #[test]
    fn truncated_and_corrupted_files_never_panic() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
            let whole = encoded(&halves(64, 48), format);
            for length in 0..whole.len() - 16 {
                assert!(variants(&whole[..length]).is_err(), "{format:?} cut at {length} of {}", whole.len());
            }
            for position in 0..whole.len().min(300) {
                for value in [0, 0x7f, 0xff] {
                    let mut broken = whole.clone();
                    broken[position] = value;
                    drop(variants(&broken));
                }
            }
        }
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, expected) in cases {
            assert_eq!(base64(plain.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
