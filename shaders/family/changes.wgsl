// changes: what kernels that combine task vectors share beside `rows`: their table, and what it means.
// Row 0 of x is the base, row t + 1 the expert t, T = S - 1 experts; t[t, j] below is x[t + 1, j] - x[0, j].
// The table c holds u32 words, floats by their bits: rule, mean, number, 0, then T strengths, T selectivities,
// T thresholds (the bits of a size) and T borders. What `number` means the kernel says.

@group(0) @binding(2) var<storage, read> c: array<u32>;

// Rules: the plain sum; TIES (trim, vote, sum of what agrees); EMR (vote, largest of what agrees).
const SUM: u32 = 0u;
const TIES: u32 = 1u;
const ELECT: u32 = 2u;

// Words of the table before the rows.
const HEAD: u32 = 4u;

struct Vote {
    raw: vec2<f32>,      // sum of all task vectors as they are: not finite where any input is not
    elected: vec2<f32>,  // sum of those that vote: its sign is elected
}

fn experts() -> u32 {
    return params.sources - 1u;
}

fn row_of(row: u32, t: u32) -> u32 {
    return c[HEAD + row * experts() + t];
}

fn strength(t: u32) -> f32 {
    return bitcast<f32>(row_of(0u, t));
}

fn selectivity(t: u32) -> f32 {
    return bitcast<f32>(row_of(1u, t));
}

fn change_of(t: u32, pair: u32, base: vec2<f32>) -> vec2<f32> {
    return load_pair(t + 1u, pair) - base;
}

fn sizes(value: vec2<f32>) -> vec2<u32> {
    return bitcast<vec2<u32>>(value) & vec2<u32>(0x7fffffffu);
}

// What is above the threshold of t stays, and what equals it before the border.
fn trim(t: u32, pair: u32, change: vec2<f32>) -> vec2<f32> {
    let size = sizes(change);
    let at = vec2<u32>(2u * pair, 2u * pair + 1u);
    let threshold = vec2<u32>(row_of(2u, t));
    let border = vec2<u32>(row_of(3u, t));
    let kept = (size > threshold) | ((size == threshold) & (at < border));
    return select(vec2<f32>(0.0), change, kept);
}

// Both above zero, or both below.
fn agree(a: vec2<f32>, b: vec2<f32>) -> vec2<bool> {
    let zero = vec2<f32>(0.0);
    return ((a > zero) & (b > zero)) | ((a < zero) & (b < zero));
}

fn vote(pair: u32, base: vec2<f32>) -> Vote {
    var found = Vote(vec2<f32>(0.0), vec2<f32>(0.0));
    for (var t = 0u; t < experts(); t += 1u) {
        let change = change_of(t, pair, base);
        found.raw = found.raw + change;
        if c[0] == TIES {
            found.elected = found.elected + trim(t, pair, change);
        }
    }
    if c[0] != TIES {
        found.elected = found.raw;
    }
    return found;
}

// The combined change as masks see it: every strength 1.
fn unscaled(pair: u32, base: vec2<f32>, found: Vote) -> vec2<f32> {
    if c[0] == SUM {
        return found.raw;
    }
    let flag = select(vec2<f32>(-1.0), vec2<f32>(1.0), found.elected > vec2<f32>(0.0));
    var s = vec2<f32>(0.0);
    for (var t = 0u; t < experts(); t += 1u) {
        let change = change_of(t, pair, base);
        if c[0] == TIES {
            let trimmed = trim(t, pair, change);
            s = s + select(vec2<f32>(0.0), trimmed, agree(trimmed, found.elected));
        } else {
            // Not max, which may take either of 0 and -0.
            let toward = change * flag;
            s = select(s, toward, toward > s);
        }
    }
    return select(s, s * flag, vec2<bool>(c[0] == ELECT));
}

// The combined change with every strength; for sums and TIES.
fn scaled(pair: u32, base: vec2<f32>, found: Vote) -> vec2<f32> {
    var sum = vec2<f32>(0.0);
    var count = vec2<f32>(0.0);
    for (var t = 0u; t < experts(); t += 1u) {
        var change = change_of(t, pair, base);
        if c[0] == TIES {
            change = trim(t, pair, change);
            let agrees = agree(change, found.elected);
            change = select(vec2<f32>(0.0), change, agrees);
            count = count + select(vec2<f32>(0.0), vec2<f32>(1.0), agrees);
        }
        let product = strength(t) * change;
        sum = sum + product;
    }
    if c[1] != 0u {
        return sum / max(count, vec2<f32>(1.0));
    }
    return sum;
}

// Whether the mask of t keeps a weight, where `s` is the combined change.
fn is_needed(limit: f32, change: vec2<f32>, s: vec2<f32>) -> vec2<bool> {
    if c[0] == ELECT {
        return agree(change, s);
    }
    return abs(change) > limit * abs(s - change);
}
