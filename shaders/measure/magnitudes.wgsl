// magnitudes: counts the sizes of the changes of every expert, digit by digit, to find the exact k-th largest.
//
// Formula  size[t, j] = the bits of |t[t, j]| as f32, 31 of them; ordered like the sizes themselves
//          digit 0: bin[t, size[t, j] >> 15] += 1
//          digit 1: bin[t, size[t, j] & 0x7fff] += 1 where size[t, j] >> 15 = prefix[t]
// Source   Radix selection; used for the trim of TIES (Yadav et al. 2023, arXiv:2306.01708, section 4).
// Shapes   x      [S, n]      packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + T]     u32: the digit, three zeros, then the prefix of every expert
//          y      [1]         not written
//          tally  [S + T * 65,536]  u32: elements of each row that are NaN or infinite, then the bins
// Work     one invocation per pair of elements; grid is 2-D, `grid_width` invocations wide
// Numbers  Counts are exact, and alike on all engines unless a driver flushes subnormal values.
// Limits   S * row_words * 4 bytes fit one storage binding
// Host     kernels/src/measure/magnitudes.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/changes

const BINS: u32 = 65536u;

@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> tally: array<atomic<u32>>;

fn tell(source: u32, pair: u32, has_second: bool) {
    let bad = not_finite(bitcast<vec2<u32>>(load_pair(source, pair)), F32);
    let count = bad.x + select(0u, bad.y, has_second);
    if count != 0u {
        atomicAdd(&tally[source], count);
    }
}

fn count_size(t: u32, size: u32) {
    let bins = params.sources + t * BINS;
    if c[0] == 0u {
        atomicAdd(&tally[bins + (size >> 15u)], 1u);
    } else if (size >> 15u) == c[HEAD + t] {
        atomicAdd(&tally[bins + (size & 0x7fffu)], 1u);
    }
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = pair_index(id, params.grid_width);
    if 2u * pair >= params.elements {
        return;
    }
    let has_second = 2u * pair + 1u < params.elements;
    let base = load_pair(0u, pair);
    tell(0u, pair, has_second);
    for (var t = 0u; t < experts(); t += 1u) {
        tell(t + 1u, pair, has_second);
        let size = sizes(change_of(t, pair, base));
        count_size(t, size.x);
        if has_second {
            count_size(t, size.y);
        }
    }
}
