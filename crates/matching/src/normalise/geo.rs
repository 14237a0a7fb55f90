/// Metres between two points, in degrees of WGS 84, on a sphere (haversine; within 0.5 % of the ellipsoid).
pub fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    const EARTH_RADIUS: f64 = 6_371_000.0;
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (d_lat, d_lon) = (lat_b - lat_a, (b.1 - a.1).to_radians());
    let h = (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS * h.clamp(0.0, 1.0).sqrt().asin()
}

/// A point rounded to about a metre. `None` for what lies outside the globe, is no number, or is the 0, 0 that stands
/// for "unknown".
pub fn fold_point(lat: f64, lon: f64) -> Option<(f64, f64)> {
    let valid = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    // Adding zero turns -0 into 0: the two are equal but have different bits.
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5 + 0.0;
    (valid && (lat.abs() > 1e-4 || lon.abs() > 1e-4)).then(|| (round(lat), round(lon)))
}

#[cfg(test)]
mod tests {
    use super::{distance, fold_point};

    #[test]
    fn distances_are_in_metres() {
        assert!((distance((46.0, 7.0), (47.0, 7.0)) - 111_195.0).abs() < 10.0);
        assert!((distance((60.0, 0.0), (60.0, 1.0)) - 55_597.0).abs() < 50.0);
        assert!(distance((10.0, 20.0), (10.0, 20.0)).abs() < 1e-9);
    }

    #[test]
    fn impossible_points_are_none() {
        for (lat, lon) in [(0.0, 0.0), (91.0, 0.0), (0.0, 181.0), (f64::NAN, 7.0)] {
            assert_eq!(fold_point(lat, lon), None);
        }
        assert_eq!(fold_point(46.123_456, -7.0), Some((46.12346, -7.0)));
    }
}
