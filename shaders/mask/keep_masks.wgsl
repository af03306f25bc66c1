// keep_masks: writes the combined change, and for every skill one bit a weight that says whether it needs it.
//
// Formula  y = s, then for every expert t the bits m[t], both as in `keep`
// Source   Wang et al. 2024 (TALL-masks), arXiv:2405.07813, equations 3 and 4;
//          Huang et al. 2024 (EMR-Merging), arXiv:2405.17461, section 3.2.
// Shapes   x      [S, n]      packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + 4 T]   the table of `family/changes`; strengths and number are not used
//          y      [32 w + T w]  u32 words, w = ceil(n / 32): the bits of s as f32, zeros after n, then T rows of w words;
//                             element j is bit 7 - j % 8 of byte j / 8 of its row, bytes in the order of the file
//          tally  []          u32, elements j where some x[s, j] is NaN or infinity
// Work     one invocation per 32 elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32: s takes subtractions and additions only, so that s and the masks are alike on all engines unless a driver
//          flushes subnormal values.
// Limits   S >= 2; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/mask/keep_masks.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/changes

@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> tally: atomic<u32>;

// The place of element `at` of 32 in its word.
fn place(at: u32) -> u32 {
    return (at & 24u) | (7u - (at & 7u));
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let word = pair_index(id, params.grid_width);
    let words = (params.elements + 31u) / 32u;
    if word >= words {
        return;
    }
    var bases: array<vec2<f32>, 16>;
    var combined: array<vec2<f32>, 16>;
    var spoiled = 0u;
    let pairs = (params.elements + 1u) / 2u;
    for (var at = 0u; at < 16u; at += 1u) {
        let pair = 16u * word + at;
        var s = vec2<f32>(0.0);
        if pair < pairs {
            let base = load_pair(0u, pair);
            let found = vote(pair, base);
            s = unscaled(pair, base, found);
            bases[at] = base;
            let is_last_odd = 2u * pair + 1u >= params.elements;
            let bad = not_finite(bitcast<vec2<u32>>(found.raw), F32);
            spoiled += bad.x + select(bad.y, 0u, is_last_odd);
            s.y = select(s.y, 0.0, is_last_odd);
        }
        combined[at] = s;
        y[2u * pair] = bitcast<u32>(s.x);
        y[2u * pair + 1u] = bitcast<u32>(s.y);
    }
    for (var t = 0u; t < experts(); t += 1u) {
        var bits = 0u;
        for (var at = 0u; at < 16u; at += 1u) {
            let pair = 16u * word + at;
            if pair < pairs {
                let needed = is_needed(selectivity(t), change_of(t, pair, bases[at]), combined[at]);
                let has_second = 2u * pair + 1u < params.elements;
                bits |= select(0u, 1u << place(2u * at), needed.x);
                bits |= select(0u, 1u << place(2u * at + 1u), needed.y && has_second);
            }
        }
        y[32u * words + t * words + word] = bits;
    }
    if spoiled != 0u {
        atomicAdd(&tally, spoiled);
    }
}
