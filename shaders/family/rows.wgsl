// rows: what kernels that go through packed rows element by element share: parameters, the rows, and how a pair is read.

struct Params {
    elements: u32,    // n
    sources: u32,     // S
    row_words: u32,   // words from one row of x to the next
    grid_width: u32,  // invocations (or groups) along the first grid dimension
}

override IN_DTYPE: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;

fn load_pair(source: u32, pair: u32) -> vec2<f32> {
    let row = source * params.row_words;
    if IN_DTYPE == F32 {
        let at = row + 2u * pair;
        return vec2<f32>(bitcast<f32>(x[at]), bitcast<f32>(x[at + 1u]));
    }
    return decode_half_pair(x[row + pair], IN_DTYPE);
}
