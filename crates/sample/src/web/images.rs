use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::{Page, Web};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 400;

/// `artist-12.jpg`, `venue-3.png`, `festival-0.jpg`; `px.png` counts visitors, `broken.jpg` ends too early.
pub(super) fn image(web: &Web, name: &str) -> Option<Page> {
    let (stem, extension) = name.rsplit_once('.')?;
    let media = match extension {
        "jpg" => "image/jpeg",
        "png" => "image/png",
        _ => return None,
    };
    let mut bytes = match stem {
        "px" => encode(&RgbImage::from_pixel(1, 1, Rgb([255; 3])), extension)?,
        "broken" => encode(&picture(web, 0, 9), extension)?,
        _ => {
            let (kind, number) = stem.rsplit_once('-')?;
            let index: usize = number.parse().ok()?;
            let (count, family) = match (kind, extension) {
                ("artist", "jpg") => (web.world.artists.len(), 1),
                ("venue", "png") => (web.world.venues.len(), 2),
                ("festival", "jpg") => (web.world.festivals.len(), 3),
                _ => return None,
            };
            (index < count).then(|| encode(&picture(web, index as u64, family), extension))??
        }
    };
    if stem == "broken" {
        bytes.truncate(200);
    }
    Some(Page::of(media, bytes))
}

/// A gradient with four discs, which the thing's number decides.
fn picture(web: &Web, index: u64, family: u64) -> RgbImage {
    let roll = |part: u64| web.dice.roll("image", &[family, index, part]);
    let colour = |part: u64| roll(part).to_le_bytes();
    let (from, to) = (colour(0), colour(1));
    let discs: Vec<(i64, i64, i64, [u8; 8])> = (2..6)
        .map(|part| {
            let at = roll(part);
            ((at % 640) as i64, (at / 640 % 400) as i64, 30 + (at / 256_000 % 90) as i64, colour(part + 10))
        })
        .collect();
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (across, down) = (i64::from(x), i64::from(y));
        for (cx, cy, radius, colour) in &discs {
            if (across - cx).pow(2) + (down - cy).pow(2) < radius.pow(2) {
                return Rgb([colour[0], colour[1], colour[2]]);
            }
        }
        let share = x + y;
        let mix = |channel: usize| {
            let (a, b) = (u32::from(from[channel]), u32::from(to[channel]));
            ((a * (WIDTH + HEIGHT - share) + b * share) / (WIDTH + HEIGHT)) as u8
        };
        Rgb([mix(0), mix(1), mix(2)])
    })
}

fn encode(picture: &RgbImage, extension: &str) -> Option<Vec<u8>> {
    let format = if extension == "png" { ImageFormat::Png } else { ImageFormat::Jpeg };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).ok()?;
    Some(bytes.into_inner())
}
