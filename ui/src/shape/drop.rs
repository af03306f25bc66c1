//! The drop of a mix: layers lie in it like liquids, each with its share of the drop's area.

/// Width of the drop's own coordinates.
pub const WIDTH: f64 = 64.0;
/// Height of the drop's own coordinates.
pub const HEIGHT: f64 = 82.0;
/// The outline: two curves from the tip to the flanks, and a round belly.
pub const OUTLINE: &str = "M32 3C36 15 58 33 58 53A26 26 0 0 1 6 53C6 33 28 15 32 3Z";

/// Right flank of the outline from the tip down, as control points (x, y).
const FLANK: [(f64, f64); 4] = [(32.0, 3.0), (36.0, 15.0), (58.0, 33.0), (58.0, 53.0)];
/// Radius of the belly; its centre lies where the flanks end.
const BELLY: f64 = 26.0;
const STEPS: usize = 240;

/// One layer to draw, from the top of the drop down: each covers everything below its surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Index of the pigment.
    pub pigment: u8,
    /// Path of the filled area.
    pub area: String,
    /// Path of the surface, for the fine line between two layers; `None` for the topmost layer.
    pub surface: Option<String>,
}

/// The layers of a mix of (pigment, strength), the first part lowest. Parts without strength are left out.
pub fn layers(parts: &[(u8, f64)], waves: bool) -> Vec<Layer> {
    let kept: Vec<(u8, f64)> = parts.iter().copied().filter(|&(_, strength)| strength.abs() > 1e-9).collect();
    let total: f64 = kept.iter().map(|(_, strength)| strength.abs()).sum();
    let profile = Profile::new();
    let mut above = 0.0;
    let mut drawn = Vec::new();
    for (place, &(pigment, strength)) in kept.iter().rev().enumerate() {
        let top = if place == 0 { 0.0 } else { profile.level(above / total) };
        above += strength.abs();
        let depth = profile.level(above / total) - top;
        let swing = if waves && place > 0 { (depth * 0.22).clamp(0.6, 2.4) } else { 0.0 };
        let line = surface(top, swing, place as f64 * 1.9);
        drawn.push(Layer {
            pigment,
            area: format!("{line} L{WIDTH} {HEIGHT} 0 {HEIGHT}Z"),
            surface: (place > 0).then_some(line),
        });
    }
    drawn
}

/// A wavy line across the drop at height `y`.
fn surface(y: f64, swing: f64, phase: f64) -> String {
    let turns = std::f64::consts::TAU * 1.15 / WIDTH;
    let points: Vec<String> = (0..=16)
        .map(|at| f64::from(at) * WIDTH / 16.0)
        .map(|x| format!("{x:.0} {:.1}", y + swing * (x * turns + phase).sin()))
        .collect();
    format!("M{}", points.join(" "))
}

/// Area of the drop above each height, as a table.
struct Profile {
    /// (height, area above it), both growing.
    table: Vec<(f64, f64)>,
}

impl Profile {
    fn new() -> Self {
        let mut table = vec![(FLANK[0].1, 0.0)];
        let mut last = (FLANK[0].1, 0.0);
        for (y, half) in flank().chain(belly()) {
            let area = table[table.len() - 1].1 + (y - last.0) * (half + last.1) / 2.0;
            table.push((y, area));
            last = (y, half);
        }
        Self { table }
    }

    /// The height above which `share` of the area lies.
    fn level(&self, share: f64) -> f64 {
        let goal = share.clamp(0.0, 1.0) * self.table[self.table.len() - 1].1;
        let after = self.table.partition_point(|&(_, area)| area < goal).clamp(1, self.table.len() - 1);
        let ((y0, a0), (y1, a1)) = (self.table[after - 1], self.table[after]);
        if a1 > a0 { y0 + (y1 - y0) * (goal - a0) / (a1 - a0) } else { y1 }
    }
}

/// (height, half the width) down the flank.
fn flank() -> impl Iterator<Item = (f64, f64)> {
    (1..=STEPS).map(|at| {
        let t = at as f64 / STEPS as f64;
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let sum = |axis: fn(&(f64, f64)) -> f64| -> f64 {
            FLANK.iter().zip(weights).map(|(point, weight)| axis(point) * weight).sum()
        };
        (sum(|point| point.1), sum(|point| point.0) - WIDTH / 2.0)
    })
}

/// (height, half the width) down the belly.
fn belly() -> impl Iterator<Item = (f64, f64)> {
    (1..=STEPS).map(|at| {
        let angle = std::f64::consts::FRAC_PI_2 * at as f64 / STEPS as f64;
        (FLANK[3].1 + BELLY * angle.sin(), BELLY * angle.cos())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the width at height `y`, found by bisection instead of the table.
    fn half_width(y: f64) -> f64 {
        if y >= 53.0 {
            return (BELLY * BELLY - (y - 53.0).powi(2)).max(0.0).sqrt();
        }
        let (mut low, mut high) = (0.0f64, 1.0f64);
        for _ in 0..50 {
            let t = (low + high) / 2.0;
            let u = 1.0 - t;
            let at = 3.0 * u * u * u + 45.0 * u * u * t + 99.0 * u * t * t + 53.0 * t * t * t;
            if at < y { low = t } else { high = t }
        }
        let (t, u) = (low, 1.0 - low);
        32.0 * u * u * u + 108.0 * u * u * t + 174.0 * u * t * t + 58.0 * t * t * t - 32.0
    }

    fn area(from: f64, to: f64) -> f64 {
        let slices = 4000;
        let step = (to - from) / f64::from(slices);
        (0..slices).map(|at| half_width(from + (f64::from(at) + 0.5) * step) * step).sum()
    }

    #[test]
    fn levels_split_the_area_not_the_height() {
        let profile = Profile::new();
        let whole = area(3.0, 79.0);
        for share in [0.1, 0.25, 0.5, 0.75, 0.9] {
            let found = area(3.0, profile.level(share)) / whole;
            // Trapezoids of 480 slices: error well below a thousandth of the area.
            assert!((found - share).abs() < 1e-3, "share {share} became {found}");
        }
        // Half of the area is not half of the height: the tip is thin.
        assert!(profile.level(0.5) > 3.0 + 38.0 + 5.0);
    }

    #[test]
    fn layers_lie_from_the_top_down_and_the_first_part_is_lowest() {
        let drawn = layers(&[(1, 0.25), (2, 0.25), (3, 0.0), (4, 0.5)], false);
        assert_eq!(drawn.iter().map(|layer| layer.pigment).collect::<Vec<_>>(), [4, 2, 1]);
        assert!(drawn[0].surface.is_none() && drawn[1].surface.is_some());
    }

    #[test]
    fn a_mix_of_nothing_has_no_layers() {
        assert!(layers(&[(1, 0.0)], true).is_empty());
    }
}
