// add_changes: adds to a base the changes that fine-tuning made to it, each scaled by its own strength.
//
// Formula  y[j] = x[0, j] + sum over t in 1..S of c[t - 1] * (x[t, j] - x[0, j])        for j in 0..n
// Source   Ilharco et al. 2023 (task arithmetic), arXiv:2212.04089; x[0] is the base, x[t] - x[0] a task vector.
// Shapes   x      [S, n]   packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [S - 1]  f32, any sign; one for each row of x but the first
//          y      [n]      packed elements of OUT_DTYPE
//          tally  []       u32, elements of y that are NaN or infinity, tested as encoded
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32: the changes are summed from 0 in order t = 1, 2, …, each by one subtraction, one product and one
//          addition; the base is added last; rounded once, to nearest even, when encoded.
//          A sum of exactly zero leaves the base's own bits (also -0): finite x that equal the base, or strengths
//          of zero with finite differences, give the base itself in its own type.
//          Every NaN is written as the quiet NaN without sign.
//          NaN or infinity in x[0, j], or in any x[t, j] with c[t - 1] != 0, reaches y[j]; with c[t - 1] = 0 it may.
//          Drivers may fuse a product with the addition after it, and may flush subnormal f32 values to zero.
//          Against the f64 reference, with M = sum |c[t - 1] * (x[t, j] - x[0, j])|:
//          |error| <= (S + 1) * 2^-23 * M + 2^-23 * |x[0, j]| + 2^-126 * (2 * S + 3 * sum |c|) + half a step of
//          OUT_DTYPE, as long as |x[0, j]| + M and every |x[t, j]| + |x[0, j]| stay below 2^128 and no c is subnormal.
//          Where every product is exact (c zero or a power of two) and nothing is subnormal, NaN or infinite,
//          engines that round to nearest agree in every bit.
// Limits   S >= 1; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/merge/add_changes.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/elements

@group(0) @binding(2) var<storage, read> c: array<f32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = pair_index(id, params.grid_width);
    if 2u * pair >= params.elements {
        return;
    }
    let base = load_pair(0u, pair);
    var change = vec2<f32>(0.0);
    for (var t = 1u; t < params.sources; t += 1u) {
        let difference = load_pair(t, pair) - base;
        let product = c[t - 1u] * difference;
        change = change + product;
    }
    let sum = vec2<f32>(add_change(base.x, change.x), add_change(base.y, change.y));
    let bits = encode_pair(sum, OUT_DTYPE);
    store_pair(pair, bits);
    count_pair(pair, bits);
}
