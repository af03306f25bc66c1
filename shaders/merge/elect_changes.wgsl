// elect_changes: adds to a base the large changes that agree with the vote on their sign, summed or averaged.
//
// Formula  y[j] = x[0, j] + sum over t of a[t, j] * strength[t] * r[t, j]; with `mean` the sum is divided by the number
//          of a[t, j] that are 1, at least 1.
//          r[t, j] = t[t, j] where it is above the threshold of t, or equals it and j is before the border; else 0
//          a[t, j] = 1 where r[t, j] and sum over u of r[u, j] are both above or both below zero; else 0
// Source   Yadav et al. 2023 (TIES), arXiv:2306.01708, section 4 and algorithm 1, with sgn(0) = 0 as there.
//          Trimming and votes look at task vectors as they are, whatever the strengths.
// Shapes   x      [S, n]      packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + 4 T]   the table of `family/changes` with the rule TIES; selectivities and number are not used
//          y      [n]         packed elements of OUT_DTYPE
//          tally  []          u32, elements of y that are NaN or infinity, tested as encoded
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32, experts in order; votes take subtractions and additions only, so that they fall alike on all engines
//          unless a driver flushes subnormal values. Rounded once, to nearest even, when encoded.
//          A change of exactly zero leaves the base's own bits. NaN or infinity in any x[s, j] reaches y[j].
//          Against the f64 reference on the same votes, with M = sum |strength[t] * r[t, j]| over what agrees, divided
//          like the sum: |error| <= (S + 5) * 2^-23 * M + 2^-23 * |x[0, j]| + 2^-126 * (2 * S + 3 * sum |strength|)
//          + half a step of OUT_DTYPE; a division may err by 2.5 units in the last place.
// Limits   S >= 1; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/merge/elect_changes.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/changes, family/elements

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = pair_index(id, params.grid_width);
    if 2u * pair >= params.elements {
        return;
    }
    let base = load_pair(0u, pair);
    let found = vote(pair, base);
    write_pair(pair, base, scaled(pair, base, found), found.raw);
}
