// dtype: element types, and packed elements to f32 and back, in integer arithmetic only.
// The language leaves the rounding of its own half conversions open, so they are not used.
// Decoding is exact. Encoding rounds to nearest, ties to even; subnormal results are kept;
// what rounds beyond the largest number becomes infinity; every NaN becomes the one quiet NaN without sign.

const F32: u32 = 0u;
const F16: u32 = 1u;
const BF16: u32 = 2u;

// f16 in the low 16 bits of `bits`, as f32.
fn decode_f16(bits: u32) -> f32 {
    let sign = (bits & 0x8000u) << 16u;
    let exponent = (bits >> 10u) & 0x1fu;
    let mantissa = bits & 0x3ffu;
    if exponent == 0x1fu {
        return bitcast<f32>(sign | 0x7f800000u | (mantissa << 13u));
    }
    if exponent != 0u {
        // The biases of the two types differ by 127 - 15.
        return bitcast<f32>(sign | ((exponent + 112u) << 23u) | (mantissa << 13u));
    }
    if mantissa == 0u {
        return bitcast<f32>(sign);
    }
    // mantissa * 2^-24: the leading bit becomes the hidden one.
    let top = firstLeadingBit(mantissa);
    return bitcast<f32>(sign | ((top + 103u) << 23u) | ((mantissa << (23u - top)) & 0x7fffffu));
}

// Both elements of a word of 16-bit elements; the first lies in the low half.
fn decode_half_pair(word: u32, dtype: u32) -> vec2<f32> {
    if dtype == BF16 {
        return vec2<f32>(bitcast<f32>(word << 16u), bitcast<f32>(word & 0xffff0000u));
    }
    return vec2<f32>(decode_f16(word & 0xffffu), decode_f16(word >> 16u));
}

// Bits of an f32 for storing: unchanged but for NaN.
fn encode_f32(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    return select(bits, 0x7fc00000u, (bits & 0x7fffffffu) > 0x7f800000u);
}

fn encode_bf16(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    if (bits & 0x7fffffffu) > 0x7f800000u {
        return 0x7fc0u;
    }
    // Half of the dropped part, less one unless the kept part is odd; the carry may reach infinity.
    return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}

fn encode_f16(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    let sign = (bits >> 16u) & 0x8000u;
    let magnitude = bits & 0x7fffffffu;
    if magnitude > 0x7f800000u {
        return 0x7e00u;
    }
    // 65,520 lies half-way between the largest number and the next that would follow.
    if magnitude >= 0x477ff000u {
        return sign | 0x7c00u;
    }
    // 2^-14, the smallest normal number.
    if magnitude >= 0x38800000u {
        return sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u);
    }
    // 2^-25 is half of the smallest subnormal number.
    if magnitude < 0x33000000u {
        return sign;
    }
    let shift = 126u - (magnitude >> 23u);
    let whole = (magnitude & 0x7fffffu) | 0x800000u;
    let kept = whole >> shift;
    let rest = whole & ((1u << shift) - 1u);
    let middle = 1u << (shift - 1u);
    let is_up = rest > middle || (rest == middle && (kept & 1u) == 1u);
    return sign | (kept + select(0u, 1u, is_up));
}

// Bits of both elements in `dtype`, each in a word of its own.
fn encode_pair(value: vec2<f32>, dtype: u32) -> vec2<u32> {
    if dtype == F32 {
        return vec2<u32>(encode_f32(value.x), encode_f32(value.y));
    }
    if dtype == BF16 {
        return vec2<u32>(encode_bf16(value.x), encode_bf16(value.y));
    }
    return vec2<u32>(encode_f16(value.x), encode_f16(value.y));
}

// Bits of the one NaN of `dtype`.
fn quiet_nan(dtype: u32) -> u32 {
    if dtype == F32 {
        return 0x7fc00000u;
    }
    return select(0x7e00u, 0x7fc0u, dtype == BF16);
}

// 1 for every element of `dtype` whose exponent is all ones (NaN or infinity), 0 for the others.
fn not_finite(bits: vec2<u32>, dtype: u32) -> vec2<u32> {
    var exponent = 0x7f800000u;
    if dtype == BF16 {
        exponent = 0x7f80u;
    }
    if dtype == F16 {
        exponent = 0x7c00u;
    }
    return select(vec2<u32>(0u), vec2<u32>(1u), (bits & vec2<u32>(exponent)) == vec2<u32>(exponent));
}
