// gram: measures how the changes that fine-tuning made to a base lie to each other: all their inner products.
//
// Formula  g[i, j] = sum over e of (x[i, e] - x[0, e]) * (x[j, e] - x[0, e])        for 1 <= i <= j <= T
//          b       = sum over e of x[0, e] * x[0, e]
//          with e over the elements of one slice of 8,192; the host adds the slices of each block of 65,536
//          elements in f64.
// Source   Ilharco et al. 2023 (task arithmetic), arXiv:2212.04089, which compares task vectors x[t] - x[0] by their
//          cosines g[i, j] / sqrt(g[i, i] * g[j, j]).
// Shapes   x      [S, n]       packed elements of IN_DTYPE, S = T + 1, rows `row_words` apart (u32 words)
//          y      [groups, 4]  vec4 of f32: row r, column s is the product of expert r of the group's first tile of
//                              four with expert s of its second; experts beyond T count as the base; then
//                 [slices]     vec4 of f32: b of each slice in the first place
//          tally  [S]          u32, elements of each row that are NaN or infinity
// Work     one group of invocations for each slice and pair of tiles, slices fastest; grid is 2-D, `grid_width`
//          groups wide; an invocation takes every WG-th pair of elements of its slice
// Numbers  f32: one subtraction for each change, one product and one addition for each pair of changes and element,
//          16 pairs of elements one after the other, then a fixed tree over the group.
//          The processor sums 16 products, then a tree of 64, and adds all of these in f64; a block that leaves the
//          range of f32 there is done again in f64.
//          NaN or infinity in x is counted for its row; what a block that holds one sums to means nothing.
//          Drivers may fuse a product with the addition after it, and may flush subnormal f32 values to zero.
//          Against the f64 reference of a block, with M = sum |x[i, e] - x[0, e]| * |x[j, e] - x[0, e]| and
//          A = sum (|x[i, e] - x[0, e]| + |x[j, e] - x[0, e]|), n the elements of the block:
//          |error| <= 48 * 2^-23 * M + 2^-126 * (4 * A + 5 * n); for b the same with x[0, e] for both changes.
//          That is 2 roundings of changes, 1 of products, 32 of sums, 8 of the tree, and 5 in reserve for terms of
//          higher order. It holds as long as M and every |x[t, e]| + |x[0, e]| stay below 2^127.
//          Where the sums of finite x leave the range of f32, y is not finite.
// Limits   S >= 1; S * row_words * 4 bytes and the bytes of y each fit one storage binding
// Host     kernels/src/measure/gram.rs
// Uses     prelude/grid, prelude/dtype

struct Params {
    elements: u32,    // n
    sources: u32,     // S
    row_words: u32,   // words from one row of x to the next
    slices: u32,      // ceil(n / 8,192)
    groups: u32,      // slices times pairs of tiles
    grid_width: u32,  // groups along the first grid dimension
}

override IN_DTYPE: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> tally: array<atomic<u32>>;

// Pairs of elements of one slice, and experts of one tile.
const SLICE: u32 = 4096u;
const TILE: u32 = 4u;
const HALF_GROUP: u32 = WG / 2u;

struct Sums {
    products: mat4x4<f32>,
    base: f32,
}

var<workgroup> lanes: array<Sums, HALF_GROUP>;

// The tiles of a pair, in the order (0, 0), (0, 1), …, (1, 1), ….
fn tiles_at(index: u32) -> vec2<u32> {
    let count = max((params.sources + TILE - 2u) / TILE, 1u);
    var first = 0u;
    var rest = index;
    while rest >= count - first {
        rest -= count - first;
        first += 1u;
    }
    return vec2<u32>(first, first + rest);
}

// What pads an odd row counts as zero, whatever it holds.
fn load_pair(source: u32, pair: u32) -> vec2<f32> {
    let row = source * params.row_words;
    var value: vec2<f32>;
    if IN_DTYPE == F32 {
        let at = row + 2u * pair;
        value = vec2<f32>(bitcast<f32>(x[at]), bitcast<f32>(x[at + 1u]));
    } else {
        value = decode_half_pair(x[row + pair], IN_DTYPE);
    }
    return vec2<f32>(value.x, select(0.0, value.y, 2u * pair + 1u < params.elements));
}

// An expert that is not there counts as the base: it has changed nothing.
fn load_expert(expert: u32, pair: u32) -> vec2<f32> {
    let source = expert + 1u;
    return load_pair(select(0u, source, source < params.sources), pair);
}

fn load_tile(tile: u32, pair: u32) -> mat4x2<f32> {
    let expert = TILE * tile;
    return mat4x2<f32>(
        load_expert(expert, pair),
        load_expert(expert + 1u, pair),
        load_expert(expert + 2u, pair),
        load_expert(expert + 3u, pair),
    );
}

// Changes of the four experts of a tile: in the first element of the pair, and in the second.
fn changes(tile: mat4x2<f32>, base: vec2<f32>) -> mat2x4<f32> {
    return transpose(tile - mat4x2<f32>(base, base, base, base));
}

fn products(left: vec4<f32>, right: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(left.x * right, left.y * right, left.z * right, left.w * right);
}

fn count(value: vec2<f32>) -> u32 {
    let bad = not_finite(bitcast<vec2<u32>>(value), F32);
    return bad.x + bad.y;
}

fn count_tile(tile: mat4x2<f32>) -> vec4<u32> {
    return vec4<u32>(count(tile[0]), count(tile[1]), count(tile[2]), count(tile[3]));
}

fn tell(source: u32, bad: u32) {
    if bad != 0u && source < params.sources {
        atomicAdd(&tally[source], bad);
    }
}

// Sum over the group in a fixed tree; the first invocation gets it.
fn fold(lane: u32, own: Sums) -> Sums {
    var sums = own;
    for (var width = HALF_GROUP; width > 0u; width /= 2u) {
        if lane >= width && lane < 2u * width {
            lanes[lane - width] = sums;
        }
        workgroupBarrier();
        if lane < width {
            let other = lanes[lane];
            sums.products = sums.products + other.products;
            sums.base = sums.base + other.base;
        }
        workgroupBarrier();
    }
    return sums;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) place: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let group = place.y * params.grid_width + place.x;
    if group >= params.groups {
        return;
    }
    let slice = group % params.slices;
    let tiles = tiles_at(group / params.slices);
    let end = min(SLICE * (slice + 1u), (params.elements + 1u) / 2u);
    var sums = Sums();
    var bad = vec4<u32>(0u);
    var bad_base = 0u;
    for (var pair = SLICE * slice + lane; pair < end; pair += WG) {
        let base = load_pair(0u, pair);
        let tile = load_tile(tiles.x, pair);
        let left = changes(tile, base);
        var right = left;
        if tiles.x == tiles.y {
            bad += count_tile(tile);
            bad_base += count(base);
        } else {
            right = changes(load_tile(tiles.y, pair), base);
        }
        sums.products = sums.products + products(left[0], right[0]);
        sums.products = sums.products + products(left[1], right[1]);
        sums.base = sums.base + base.x * base.x;
        sums.base = sums.base + base.y * base.y;
    }
    // Every row is counted by the group that pairs its tile with itself; the base by the first such.
    if tiles.x == tiles.y {
        let source = TILE * tiles.x + 1u;
        tell(source, bad.x);
        tell(source + 1u, bad.y);
        tell(source + 2u, bad.z);
        tell(source + 3u, bad.w);
        tell(select(params.sources, 0u, tiles.x == 0u), bad_base);
    }
    let all = fold(lane, sums);
    if lane == 0u {
        y[4u * group] = all.products[0];
        y[4u * group + 1u] = all.products[1];
        y[4u * group + 2u] = all.products[2];
        y[4u * group + 3u] = all.products[3];
        if tiles.y == 0u {
            y[4u * params.groups + slice] = vec4<f32>(all.base, 0.0, 0.0, 0.0);
        }
    }
}
