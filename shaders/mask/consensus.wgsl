// consensus: adds to a base the combined change of those weights that enough skills need.
//
// Formula  y[j] = x[0, j] + d[j] where sum over t of m[t, j] >= number, else x[0, j]
//          m[t, j] = 1 where |t[t, j]| > selectivity[t] * |s[j] - t[t, j]|, else 0
//          s[j], d[j]: the task vectors combined by the rule (a sum, or TIES), every strength 1 in s, as given in d
// Source   Wang et al. 2024 (TALL-masks, Consensus Merging), arXiv:2405.07813, equations 4 and 6.
//          Masks look at the changes with all strengths 1, so they stay the same while strengths are moved.
// Shapes   x      [S, n]      packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + 4 T]   the table of `family/changes`; number: how many skills have to need a weight
//          y      [n]         packed elements of OUT_DTYPE
//          tally  []          u32, elements of y that are NaN or infinity, tested as encoded
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32, experts in order. Masks take subtractions, additions and one product that is only compared, so that they
//          fall alike on all engines unless a driver flushes subnormal values.
//          With number 0 this is add_changes or elect_changes, as long as the sum of all task vectors is finite; where it
//          is not, y is NaN. A change of exactly zero leaves the base's own bits.
//          NaN or infinity in any x[s, j] reaches y[j], whatever the masks.
//          Against the f64 reference on the same masks: the bound of add_changes or elect_changes.
// Limits   S >= 1; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/mask/consensus.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/changes, family/elements

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = pair_index(id, params.grid_width);
    if 2u * pair >= params.elements {
        return;
    }
    let base = load_pair(0u, pair);
    let found = vote(pair, base);
    let s = unscaled(pair, base, found);
    var count = vec2<u32>(0u);
    for (var t = 0u; t < experts(); t += 1u) {
        let needed = is_needed(selectivity(t), change_of(t, pair, base), s);
        count = count + select(vec2<u32>(0u), vec2<u32>(1u), needed);
    }
    let change = select(vec2<f32>(0.0), scaled(pair, base, found), count >= vec2<u32>(c[2]));
    write_pair(pair, base, change, found.raw);
}
