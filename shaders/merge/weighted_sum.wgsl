// weighted_sum: adds S models, each scaled by its own coefficient.
//
// Formula  y[j] = sum over s in 0..S of c[s] * x[s, j]        for j in 0..n
// Source   Wortsman et al. 2022 (model soups), arXiv:2203.05482; uniform soup is c[s] = 1/S.
// Shapes   x      [S, n]  packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [S]     f32, any sign
//          y      [n]     packed elements of OUT_DTYPE
//          tally  []      u32, elements of y that are NaN or infinity, tested as encoded
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32: the product of s = 0, then one product and one addition for each s = 1, 2, … in this order;
//          rounded once, to nearest even, when encoded. Every NaN is written as the quiet NaN without sign.
//          NaN or infinity in any x[s, j] with c[s] != 0 reaches y[j]; with c[s] = 0 it may.
//          Drivers may fuse a product with the addition after it, and may flush subnormal f32 values to zero.
//          Against the f64 reference:
//          |error| <= S * 2^-23 * sum |c[s] * x[s, j]| + 2^-126 * (2 * S + sum |c[s]|) + half a step of OUT_DTYPE,
//          as long as sum |c[s] * x[s, j]| stays below 2^128 and no c[s] is subnormal.
//          Where every product is exact (c[s] zero or a power of two) and nothing is subnormal, NaN or infinite,
//          engines that round to nearest agree in every bit.
// Limits   S >= 1; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/merge/weighted_sum.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/elements

@group(0) @binding(2) var<storage, read> c: array<f32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = pair_index(id, params.grid_width);
    if 2u * pair >= params.elements {
        return;
    }
    // Not from zero: 0 + -0 would lose the sign of a sum that is -0.
    var sum = c[0] * load_pair(0u, pair);
    for (var s = 1u; s < params.sources; s += 1u) {
        let product = c[s] * load_pair(s, pair);
        sum = sum + product;
    }
    let bits = encode_pair(sum, OUT_DTYPE);
    store_pair(pair, bits);
    count_pair(pair, bits);
}
