//! Numbers by chance, the same ones for the same seed on every machine.

/// The generator xoshiro256++ 1.0 (Blackman and Vigna 2021, ACM TOMS 47:36), its four words filled by SplitMix64.
///
/// Not for secrets. Its whole state is the four words; the stream never depends on anything but the seed.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    words: [u64; 4],
}

impl Random {
    /// The stream of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let mut at = seed;
        Self { words: std::array::from_fn(|_| split_mix(&mut at)) }
    }

    fn word(&mut self) -> u64 {
        let [a, b, c, d] = self.words;
        let word = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c2, d2) = (c ^ a, d ^ b);
        self.words = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        word
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `0..below`, which must not be 0. The bias is below 2⁻⁴⁰ for lists of a million.
    pub(crate) fn index(&mut self, below: usize) -> usize {
        ((u128::from(self.word()) * below as u128) >> 64) as usize
    }

    /// Mean 0, deviation 1 (Box and Muller 1958, the cosine half).
    pub(crate) fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.unit(), self.unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Every order of `items` is equally likely (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.index(at + 1));
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the next word, and the state moved on.
fn split_mix(at: &mut u64) -> u64 {
    *at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let once = (*at ^ (*at >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    twice ^ (twice >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_are_those_of_the_published_generators() {
        // SplitMix64 of seed 1234567, and xoshiro256++ of the state 1, 2, 3, 4: published test vectors.
        let mut at = 1_234_567;
        assert_eq!([split_mix(&mut at), split_mix(&mut at)], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
        let mut random = Random { words: [1, 2, 3, 4] };
        assert_eq!([random.word(), random.word(), random.word()], [41_943_041, 58_720_359, 3_588_806_011_781_223]);
    }

    #[test]
    fn a_seed_fixes_the_stream_and_another_seed_changes_it() {
        let stream = |seed| {
            let mut random = Random::new(seed);
            (0..8).map(|_| random.unit()).collect::<Vec<_>>()
        };
        assert_eq!(stream(7), stream(7));
        assert_ne!(stream(7), stream(8));
    }

    #[test]
    fn means_and_deviations_are_those_of_the_distributions() {
        const N: usize = 40_000;
        let mut random = Random::new(3);
        let unit: f64 = (0..N).map(|_| random.unit()).sum::<f64>() / N as f64;
        // Five standard errors: deviation of a uniform number √(1/12), of a normal one 1, of its square √2.
        assert!((unit - 0.5).abs() < 5.0 * (1.0 / 12.0 / N as f64).sqrt(), "{unit}");
        let normal: Vec<f64> = (0..N).map(|_| random.normal()).collect();
        let mean = normal.iter().sum::<f64>() / N as f64;
        let square = normal.iter().map(|x| x * x).sum::<f64>() / N as f64;
        assert!(mean.abs() < 5.0 / (N as f64).sqrt() && (square - 1.0).abs() < 5.0 * (2.0 / N as f64).sqrt());
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<usize> = (0..50).collect();
        Random::new(1).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
