use crate::query::Near;

const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A circle on the earth with the box around it, which decides most points without trigonometry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circle {
    lat: f64,
    lon: f64,
    radius_m: f64,
    lat_reach: f64,
    /// 180 where the circle holds a pole: every longitude is inside.
    lon_reach: f64,
}

impl Circle {
    pub(crate) fn new(near: Near) -> Self {
        let lat_reach = (near.radius_m / EARTH_RADIUS_M).to_degrees();
        // The widest longitude of the circle is not on its centre's parallel, hence the arcsine.
        let ratio = lat_reach.to_radians().sin() / near.lat.to_radians().cos();
        let lon_reach = if lat_reach >= 90.0 || near.lat.abs() + lat_reach >= 90.0 || ratio >= 1.0 {
            180.0
        } else {
            ratio.asin().to_degrees()
        };
        Self { lat: near.lat, lon: near.lon, radius_m: near.radius_m, lat_reach, lon_reach }
    }

    /// Metres to the point when it is in the circle.
    pub(crate) fn distance(&self, lat: f64, lon: f64) -> Option<f64> {
        let across = (lon - self.lon + 540.0).rem_euclid(360.0) - 180.0;
        if (lat - self.lat).abs() > self.lat_reach || across.abs() > self.lon_reach + 1e-9 {
            return None;
        }
        let distance = haversine_m((self.lat, self.lon), (lat, lon));
        (distance <= self.radius_m).then_some(distance)
    }
}

/// Great-circle distance in metres on the mean sphere: up to 0.5 % off the ellipsoid.
fn haversine_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH_RADIUS_M * chord.min(1.0).sqrt().asin()
}

pub(crate) fn is_place(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

#[cfg(test)]
mod tests {
    use super::{Circle, haversine_m};
    use crate::query::Near;

    #[test]
    fn distances_are_known() {
        // Paris to London is 344 km.
        let distance = haversine_m((48.8566, 2.3522), (51.5074, -0.1278));
        assert!((distance - 343_556.0).abs() < 500.0, "{distance}");
    }

    #[test]
    fn the_box_never_cuts_the_circle() {
        for lat in [-89.9, -60.0, 0.0, 45.0, 70.0, 89.9_f64] {
            for lon in [-180.0, -179.99, 0.0, 179.99] {
                for radius_m in [10.0, 5_000.0, 300_000.0, 5_000_000.0] {
                    let circle = Circle::new(Near { lat, lon, radius_m });
                    for step in 0..360 {
                        let (to_lat, to_lon) = walk((lat, lon), f64::from(step), radius_m * 0.999);
                        assert!(circle.distance(to_lat, to_lon).is_some(), "{lat} {lon} {radius_m} {step}");
                        let (to_lat, to_lon) = walk((lat, lon), f64::from(step), radius_m * 1.001);
                        assert!(circle.distance(to_lat, to_lon).is_none(), "{lat} {lon} {radius_m} {step}");
                    }
                }
            }
        }
    }

    fn walk(from: (f64, f64), bearing: f64, metres: f64) -> (f64, f64) {
        let (lat, bearing, angle) = (from.0.to_radians(), bearing.to_radians(), metres / super::EARTH_RADIUS_M);
        let to_lat = (lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos()).asin();
        let across = (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * to_lat.sin());
        let to_lon = (from.1 + across.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
        (to_lat.to_degrees(), to_lon)
    }
}
