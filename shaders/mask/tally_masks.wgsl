// tally_masks: counts the masks of all skills for several selectivities at once.
//
// Formula  for every column g with its selectivities l[g, t], m[g, t, j] = 1 where |t[t, j]| > l[g, t] * |s[j] - t[t, j]|:
//          kept[g, t] = sum over j of m[g, t, j];  overlap[g, t, u] = sum over j of m[g, t, j] * m[g, u, j];
//          needed[g, k] = number of j with k = sum over t of m[g, t, j];  change[g, k] = sum of s[j]^2 over these j.
//          Beside them: weights that anybody changed, those that all who changed them moved to the same side,
//          the largest |s[j]|.
// Source   Wang et al. 2024 (TALL-masks), arXiv:2405.07813, equation 4 and section 4.2.
// Shapes   x      [S, n]            packed elements of IN_DTYPE, rows `row_words` apart (u32 words), zeros after an odd n
//          c      [4 + 4 T + G T]   the table of `family/changes`, then l; number: G columns; strengths and
//                                   selectivities are not used
//          y      [slices, 1 + G (T + 1)]  u32: the bits of the largest |s| of the slice, then change[g, k] as whole numbers
//                                   of largest^2 / 2^18
//          tally  [4 + G (2 T + 1 + T (T - 1) / 2)]  u32: changed, same side, bits of the largest |s|, elements where some
//                                   input is NaN or infinity; then for every g kept, needed, overlap with t < u
// Work     one group per slice of 8,192 elements; grid is 2-D, `grid_width` groups wide
// Numbers  Counts are exact, and alike on all engines unless a driver flushes subnormal values. Every addend of change is
//          rounded to a whole number: |error| of a slice <= 8,192 * (2^-19 + 2^-21) * largest^2.
// Limits   T <= 31 and G (3 T + 2 + T (T - 1) / 2) <= 3,072, the room of a group; the processor counts what is more.
// Host     kernels/src/mask/tally_masks.rs
// Uses     prelude/grid, prelude/dtype, family/rows, family/changes

// Pairs of a slice.
const SLICE: u32 = 4096u;
// Counters of a group.
const ROOM: u32 = 3072u;
// One, as a share of the largest square.
const UNIT: f32 = 262144.0;

@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> tally: array<atomic<u32>>;

var<workgroup> counters: array<atomic<u32>, ROOM>;
var<workgroup> largest: atomic<u32>;

// Counters of one column that go to `tally`, and after them the sums of squares.
fn counts() -> u32 {
    let t = experts();
    return 2u * t + 1u + t * (t - 1u) / 2u;
}

fn column_words() -> u32 {
    return counts() + experts() + 1u;
}

fn add(at: u32, more: u32) {
    if more != 0u {
        atomicAdd(&tally[at], more);
    }
}

// Bit t of the result: whether the mask of t keeps the first, or the second, of the pair.
fn masks(column: u32, pair: u32, base: vec2<f32>, s: vec2<f32>) -> vec2<u32> {
    var bits = vec2<u32>(0u);
    let rows = HEAD + 4u * experts() + column * experts();
    for (var t = 0u; t < experts(); t += 1u) {
        let needed = is_needed(bitcast<f32>(c[rows + t]), change_of(t, pair, base), s);
        bits |= select(vec2<u32>(0u), vec2<u32>(1u << t), needed);
    }
    return bits;
}

fn count_masks(column: u32, bits: u32, square: u32) {
    let start = column * column_words();
    let t = experts();
    var rest = bits;
    while rest != 0u {
        let one = firstTrailingBit(rest);
        rest &= rest - 1u;
        atomicAdd(&counters[start + one], 1u);
        var others = rest;
        while others != 0u {
            let other = firstTrailingBit(others);
            others &= others - 1u;
            // Pairs in the order (0, 1), (0, 2), …, (1, 2), ….
            let pair = one * t - one * (one + 1u) / 2u + other - one - 1u;
            atomicAdd(&counters[start + 2u * t + 1u + pair], 1u);
        }
    }
    let needed = countOneBits(bits);
    atomicAdd(&counters[start + t + needed], 1u);
    if square != 0u {
        atomicAdd(&counters[start + counts() + needed], square);
    }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) place: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let slice = place.y * params.grid_width + place.x;
    let pairs = (params.elements + 1u) / 2u;
    if SLICE * slice >= pairs {
        return;
    }
    let end = min(SLICE * (slice + 1u), pairs);
    let columns = c[2];
    var changed = 0u;
    var same_side = 0u;
    var spoiled = 0u;
    var own_largest = 0u;
    for (var pair = SLICE * slice + lane; pair < end; pair += WG) {
        let base = load_pair(0u, pair);
        let found = vote(pair, base);
        let has_second = 2u * pair + 1u < params.elements;
        var up = vec2<bool>(false);
        var down = vec2<bool>(false);
        for (var t = 0u; t < experts(); t += 1u) {
            let change = change_of(t, pair, base);
            up = up | (change > vec2<f32>(0.0));
            down = down | (change < vec2<f32>(0.0));
        }
        let moved = select(vec2<u32>(0u), vec2<u32>(1u), up | down);
        let alike = select(vec2<u32>(0u), vec2<u32>(1u), up != down);
        let bad = not_finite(bitcast<vec2<u32>>(found.raw), F32);
        let size = sizes(unscaled(pair, base, found));
        changed += moved.x + select(0u, moved.y, has_second);
        same_side += alike.x + select(0u, alike.y, has_second);
        spoiled += bad.x + select(0u, bad.y, has_second);
        own_largest = max(own_largest, max(size.x, select(0u, size.y, has_second)));
    }
    atomicMax(&largest, own_largest);
    add(0u, changed);
    add(1u, same_side);
    add(3u, spoiled);
    workgroupBarrier();
    let reach = bitcast<f32>(atomicLoad(&largest));
    for (var pair = SLICE * slice + lane; pair < end; pair += WG) {
        let base = load_pair(0u, pair);
        let s = unscaled(pair, base, vote(pair, base));
        let has_second = 2u * pair + 1u < params.elements;
        let share = select(s / reach, vec2<f32>(0.0), s == vec2<f32>(0.0));
        let square = vec2<u32>(share * share * UNIT + vec2<f32>(0.5));
        for (var g = 0u; g < columns; g += 1u) {
            let bits = masks(g, pair, base, s);
            count_masks(g, bits.x, square.x);
            if has_second {
                count_masks(g, bits.y, square.y);
            }
        }
    }
    workgroupBarrier();
    let words = 1u + columns * (experts() + 1u);
    if lane == 0u {
        atomicMax(&tally[2], atomicLoad(&largest));
        y[slice * words] = atomicLoad(&largest);
    }
    for (var at = lane; at < columns * column_words(); at += WG) {
        let column = at / column_words();
        let within = at % column_words();
        let count = atomicLoad(&counters[at]);
        if within < counts() {
            add(4u + column * counts() + within, count);
        } else {
            y[slice * words + 1u + column * (experts() + 1u) + within - counts()] = count;
        }
    }
}
