//! A double taken apart into digits of base 2^32.

const FRACTION_BITS: u32 = 52;
const EXPONENT_MASK: u64 = 0x7FF;

/// Sign, place and 53-bit integer of a finite double.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    /// The lowest digit that the double touches, 0 to 63.
    pub(super) place: usize,
    shift: u32,
    integer: u64,
    negative: bool,
}

impl Parts {
    /// Takes `value` apart; `None` if it is not finite.
    #[inline]
    pub(super) fn of(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let exponent = (bits >> FRACTION_BITS) & EXPONENT_MASK;
        let fraction = bits & ((1 << FRACTION_BITS) - 1);
        if exponent == EXPONENT_MASK {
            return None;
        }
        // Subnormal numbers have no hidden bit and the exponent of the smallest normal ones.
        let (exponent, integer) =
            if exponent == 0 { (1, fraction) } else { (exponent, fraction | (1 << FRACTION_BITS)) };
        let [low, high, ..] = exponent.to_le_bytes();
        let place = (usize::from(high) << 3) | usize::from(low >> 5);
        Some(Self { place, shift: u32::from(low & 31), integer, negative: value.is_sign_negative() })
    }

    /// True for both zeros.
    #[inline]
    pub(super) fn is_zero(self) -> bool {
        self.integer == 0
    }

    /// The three digits from `place` upwards, each times `direction`, which is 1 or −1.
    #[inline]
    pub(super) fn digits(self, direction: i64) -> [i64; 3] {
        let low = self.integer << self.shift;
        // Shifted in two steps, since a shift by 64 bits is none.
        let high = (self.integer >> 1) >> (63 - self.shift);
        let sign = if self.negative { -direction } else { direction };
        [
            (low & 0xFFFF_FFFF).cast_signed() * sign,
            (low >> 32).cast_signed() * sign,
            high.cast_signed() * sign,
        ]
    }
}

/// 2 to the power of `exponent`, which lies in [−1022, 1023].
pub(super) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << FRACTION_BITS)
}
