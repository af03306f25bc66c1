// keep: adds to a base those weights of the combined change that one skill needs: the specialist, restored.
//
// Formula  y[j] = x[0, j] + strength[i] * s[j] where m[j] = 1, else x[0, j], i = number
//          TALL-masks (rules SUM and TIES): m[j] = 1 where |t[i, j]| > selectivity[i] * |s[j] - t[i, j]|, else 0
//          EMR (rule ELECT): m[j] = 1 where t[i, j] and s[j] are both above or both below zero, else 0
//          s[j]: the task vectors combined by the rule, every strength 1
// Source   Wang et al. 2024 (TALL-masks), arXiv:2405.07813, equations 3 and 4;
//          Huang et al. 2024 (EMR-Merging), arXiv:2405.17461, section 3.2.
// Shapes   x      [S, n]      packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + 4 T]   the table of `family/changes`; number: the expert i
//          y      [n]         packed elements of OUT_DTYPE
//          tally  []          u32, elements of y that are NaN or infinity, tested as encoded
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  f32, experts in order. Masks fall alike on all engines unless a driver flushes subnormal values.
//          A change of exactly zero leaves the base's own bits. NaN or infinity in any x[s, j] reaches y[j].
//          With strength[i] = 1 the only rounding besides s is one addition, then one encoding, to nearest even.
//          Against the f64 reference on the same masks, with M = sum |t[t, j]|:
//          |error| <= (S + 2) * 2^-23 * M * (1 + |strength[i]|) + 2^-23 * |x[0, j]| + 2^-126 * (2 * S + 3)
//          + half a step of OUT_DTYPE.
// Limits   S >= 2; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/mask/keep.rs
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
    let i = c[2];
    let needed = is_needed(selectivity(i), change_of(i, pair, base), s);
    let change = select(vec2<f32>(0.0), strength(i) * s, needed);
    write_pair(pair, base, change, found.raw);
}
