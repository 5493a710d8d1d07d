//! One exact running total of doubles.
//!
//! A double is an integer of 53 bits times a power of two, so any number of them adds up in a wide
//! enough integer (R. M. Neal, "Fast exact summation using small and large superaccumulators",
//! arXiv:1505.05571). The integer is kept as signed digits in base 2^32. Data rarely span more than
//! a few digits, so a total starts with a window of five and widens to all 67 when it must: a
//! million groups cost tens of megabytes, not half a gigabyte.

mod parts;

use parts::{Parts, power_of_two};

/// Digits that hold every finite double and 2^60 of the largest.
const DIGITS: usize = 67;
/// Digits of the window. A double touches three, so a window covers a factor of 2^64 and more.
const WINDOW: usize = 5;
/// Additions after which carries must be moved up; a digit grows by less than 2^32 at each.
const ADDITIONS: u32 = 1 << 30;
const LOW: i64 = 0xFFFF_FFFF;

/// An exact total: equal for equal multisets of doubles, whatever their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExactTotal {
    window: [i64; WINDOW],
    /// Place of the window's first digit; meaningless while nothing but zeros was added.
    first: u8,
    started: bool,
    additions: u32,
    wide: Option<Box<Wide>>,
}

/// All digits, and counts of what no digit can hold.
#[derive(Debug, Clone)]
struct Wide {
    digits: [i64; DIGITS],
    /// NaN, +∞, −∞. Counts rather than flags, so that a moving window can take them out again.
    special: [i64; 3],
}

impl ExactTotal {
    /// Adds `value`.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.change(value, 1);
    }

    /// Takes out a `value` that was added before: exactly, so that nothing remains of it.
    #[inline]
    pub(crate) fn subtract(&mut self, value: f64) {
        self.change(value, -1);
    }

    #[inline]
    fn change(&mut self, value: f64, direction: i64) {
        let Some(parts) = Parts::of(value) else {
            let special = if value.is_nan() {
                0
            } else if value > 0.0 {
                1
            } else {
                2
            };
            self.widen().special[special] += direction;
            return;
        };
        if parts.is_zero() {
            return;
        }
        let digits = parts.digits(direction);
        self.add_digits(parts.place, digits);
        self.additions += 1;
        if self.additions >= ADDITIONS {
            self.carry();
        }
    }

    #[inline]
    fn add_digits(&mut self, place: usize, digits: [i64; 3]) {
        if self.wide.is_none() {
            if !self.started {
                self.started = true;
                // One digit below and one above the first value are within the window.
                self.first = u8::try_from(place.saturating_sub(1)).unwrap_or_default();
            }
            let at = place.wrapping_sub(usize::from(self.first));
            if let Some(window) = self.window.get_mut(at..at.wrapping_add(3)) {
                for (digit, more) in window.iter_mut().zip(digits) {
                    *digit += more;
                }
                return;
            }
        }
        let wide = self.widen();
        for (digit, more) in wide.digits[place..place + 3].iter_mut().zip(digits) {
            *digit += more;
        }
    }

    fn widen(&mut self) -> &mut Wide {
        let (window, first, started) = (self.window, usize::from(self.first), self.started);
        self.wide.get_or_insert_with(|| {
            let mut digits = [0; DIGITS];
            if started {
                // A window never reaches past the last digit: the largest place is 63.
                for (digit, value) in digits[first..].iter_mut().zip(window) {
                    *digit = value;
                }
            }
            Box::new(Wide { digits, special: [0; 3] })
        })
    }

    /// Moves carries up, so that every digit but the highest lies in [0, 2^32).
    fn carry(&mut self) {
        self.additions = 0;
        match &mut self.wide {
            Some(wide) => carry(&mut wide.digits),
            None => carry(&mut self.window),
        }
    }

    /// Adds all that `other` holds.
    fn merge(&mut self, first: usize, digits: &[i64], special: [i64; 3]) {
        self.carry();
        let inside = self.wide.is_none() && (!self.started || first == usize::from(self.first));
        if special == [0; 3] && inside && digits.len() <= WINDOW {
            self.started = true;
            self.first = u8::try_from(first).unwrap_or_default();
            for (digit, more) in self.window.iter_mut().zip(digits) {
                *digit += more;
            }
        } else {
            let wide = self.widen();
            for (digit, more) in wide.digits[first..].iter_mut().zip(digits) {
                *digit += more;
            }
            for (count, more) in wide.special.iter_mut().zip(special) {
                *count += more;
            }
        }
        self.carry();
    }

    /// Writes the total for [`Self::merge_bytes`]: place of the first digit, then the digits, and if
    /// something was not finite all of them and three counts.
    pub(crate) fn write_bytes(&mut self) -> Vec<u8> {
        self.carry();
        let (first, digits): (u8, &[i64]) = match &self.wide {
            Some(wide) => (0, &wide.digits),
            None if self.started => (self.first, &self.window),
            None => (0, &[]),
        };
        let special = self.wide.as_ref().map_or([0; 3], |wide| wide.special);
        let mut bytes = Vec::with_capacity(1 + 8 * (digits.len() + 3));
        bytes.push(first);
        for value in special.iter().chain(digits) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    /// Adds a total written by [`Self::write_bytes`]; `None` if the bytes are no such total.
    pub(crate) fn merge_bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let (first, rest) = bytes.split_first()?;
        let mut values = [0_i64; DIGITS + 3];
        let count = rest.len() / 8;
        if rest.len() % 8 != 0 || count < 3 || usize::from(*first) + count > DIGITS + 3 {
            return None;
        }
        for (value, chunk) in values.iter_mut().zip(rest.chunks_exact(8)) {
            *value = i64::from_le_bytes(chunk.try_into().ok()?);
        }
        let special = [values[0], values[1], values[2]];
        if count > 3 || special != [0; 3] {
            self.merge(usize::from(*first), &values[3..count], special);
        }
        Some(())
    }

    /// The total, rounded once, to the nearest double and to even on ties.
    ///
    /// NaN and infinities behave as in plain addition; a total beyond the largest double is infinite,
    /// an exact zero is `+0`.
    pub(crate) fn value(&self) -> f64 {
        let Some(wide) = &self.wide else {
            return round(usize::from(self.first), &self.window);
        };
        match wide.special.map(|count| count > 0) {
            [false, false, false] => round(0, &wide.digits),
            [false, true, false] => f64::INFINITY,
            [false, false, true] => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// Bytes held outside the struct itself.
    pub(crate) fn heap_size(&self) -> usize {
        if self.wide.is_some() { size_of::<Wide>() } else { 0 }
    }
}

fn carry(digits: &mut [i64]) {
    let mut carried = 0;
    let last = digits.len().saturating_sub(1);
    for digit in &mut digits[..last] {
        let value = *digit + carried;
        *digit = value & LOW;
        carried = value >> 32;
    }
    if let Some(digit) = digits.last_mut() {
        *digit += carried;
    }
}

fn round(first: usize, digits: &[i64]) -> f64 {
    // Two more digits take what the highest holds beyond 32 bits.
    let mut all = [0_i64; DIGITS + 2];
    all[first..first + digits.len()].copy_from_slice(digits);
    carry(&mut all);
    let negative = all[DIGITS + 1] < 0;
    if negative {
        for digit in &mut all {
            *digit = -*digit;
        }
        carry(&mut all);
    }
    let Some(highest) = all.iter().rposition(|digit| *digit != 0) else { return 0.0 };
    let lowest = highest.saturating_sub(2);
    let mut top = 0_u128;
    for digit in all[lowest..=highest].iter().rev() {
        top = (top << 32) | u128::from(digit.unsigned_abs());
    }
    if all[..lowest].iter().any(|digit| *digit != 0) {
        // Far below the rounding bit: only says that the rest is not zero.
        top |= 1;
    }
    // Two factors, since 2^-1075 is no double. Neither product rounds: whatever ends up subnormal
    // has no more bits than a subnormal number holds.
    let exponent = 32 * i32::try_from(lowest).unwrap_or_default() - 1075;
    let half = exponent / 2;
    let magnitude = top as f64 * power_of_two(half) * power_of_two(exponent - half);
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
