// elements: what kernels that write the elements of a model share beside `rows`: the result, and how it is written.

override OUT_DTYPE: u32;

@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> tally: atomic<u32>;

fn store_pair(pair: u32, bits: vec2<u32>) {
    if OUT_DTYPE == F32 {
        y[2u * pair] = bits.x;
        y[2u * pair + 1u] = bits.y;
        return;
    }
    y[pair] = bits.x | (bits.y << 16u);
}

// Counts the elements that are NaN or infinity; what pads an odd row is not counted.
fn count_pair(pair: u32, bits: vec2<u32>) {
    let bad = not_finite(bits, OUT_DTYPE);
    let count = bad.x + select(0u, bad.y, 2u * pair + 1u < params.elements);
    if count != 0u {
        atomicAdd(&tally, count);
    }
}

// base + change, but for a change of ±0, which would turn a base of -0 into 0.
fn add_change(base: f32, change: f32) -> f32 {
    return select(base + change, base, (bitcast<u32>(change) & 0x7fffffffu) == 0u);
}

// Writes base and change of a pair. Where `raw` is not finite some input is not: masks must not hide that.
fn write_pair(pair: u32, base: vec2<f32>, change: vec2<f32>, raw: vec2<f32>) {
    let sum = vec2<f32>(add_change(base.x, change.x), add_change(base.y, change.y));
    let spoiled = not_finite(bitcast<vec2<u32>>(raw), F32) != vec2<u32>(0u);
    let bits = select(encode_pair(sum, OUT_DTYPE), vec2<u32>(quiet_nan(OUT_DTYPE)), spoiled);
    store_pair(pair, bits);
    count_pair(pair, bits);
}
