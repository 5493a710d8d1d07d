//! The total against what is known exactly: small cases by hand, large ones by big integers.
#![allow(clippy::float_cmp, reason = "exactness is what is tested")]

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::ExactTotal;

fn total(values: &[f64]) -> ExactTotal {
    let mut total = ExactTotal::default();
    for value in values {
        total.add(*value);
    }
    total
}

fn value(values: &[f64]) -> f64 {
    total(values).value()
}

/// Doubles over the whole range of exponents, with near-cancelling pairs.
fn adversarial(seed: u64, count: usize) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::new();
    while values.len() < count {
        let value = f64::from_bits(random.random());
        if value.is_finite() {
            values.push(value);
            values.push(-value * (1.0 + f64::EPSILON * f64::from(random.random_range(0_u8..3))));
        }
    }
    values.retain(|value| value.is_finite());
    values
}

#[test]
fn small_cases_are_exact() {
    assert_eq!(value(&[]).to_bits(), 0.0_f64.to_bits());
    assert_eq!(value(&[-0.0]).to_bits(), 0.0_f64.to_bits());
    assert_eq!(value(&[-1.0, -2.0]), -3.0);
    assert_eq!(value(&[1e100, 1.0, -1e100]), 1.0);
    assert_eq!(value(&[0.1; 10]), 1.0);
    assert_eq!(value(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
    assert_eq!(value(&[f64::MAX, f64::MAX]), f64::INFINITY);
    assert_eq!(value(&[5e-324, 5e-324, -5e-324]), 5e-324);
    assert_eq!(value(&[-5e-324]), -5e-324);
    assert_eq!(value(&[f64::MIN_POSITIVE, -5e-324]), f64::MIN_POSITIVE - 5e-324);
}

#[test]
fn ties_round_to_even_and_a_last_bit_decides() {
    let ulp = f64::EPSILON;
    assert_eq!(value(&[1.0, ulp / 2.0]), 1.0);
    assert_eq!(value(&[1.0 + ulp, ulp / 2.0]), 1.0 + 2.0 * ulp);
    assert_eq!(value(&[1.0, ulp / 2.0, 1e-300]), 1.0 + ulp);
    assert_eq!(value(&[-1.0, -ulp / 2.0]), -1.0);
    assert_eq!(value(&[-1.0, -ulp / 2.0, -1e-300]), -1.0 - ulp);
}

#[test]
fn values_that_are_not_finite_behave_as_in_plain_addition() {
    let (infinite, nan) = (f64::INFINITY, f64::NAN);
    assert_eq!(value(&[1.0, infinite]), infinite);
    assert_eq!(value(&[-infinite, 1e308, 1e308]), -infinite);
    assert!(value(&[infinite, -infinite]).is_nan());
    assert!(value(&[1.0, nan]).is_nan());
    let mut total = total(&[1.0, nan, infinite]);
    total.subtract(nan);
    total.subtract(infinite);
    assert_eq!(total.value(), 1.0);
}

#[test]
fn one_double_reads_back_as_itself() {
    for single in adversarial(1, 2_000) {
        assert_eq!(value(&[single]).to_bits(), single.to_bits(), "{single:e}");
    }
}

#[test]
fn two_doubles_add_as_the_processor_adds_them() {
    for pair in adversarial(2, 4_000).windows(2) {
        let expected = pair[0] + pair[1];
        assert_eq!(value(pair), expected, "{:e} + {:e}", pair[0], pair[1]);
    }
}

#[test]
fn integers_add_as_integers() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let integers: Vec<i64> = (0..5_000).map(|_| random.random_range(-(1_i64 << 53)..1 << 53)).collect();
    let doubles: Vec<f64> = integers.iter().map(|integer| *integer as f64).collect();
    let expected = integers.iter().map(|integer| i128::from(*integer)).sum::<i128>() as f64;
    assert_eq!(value(&doubles), expected);
}

#[test]
fn any_order_and_any_partitioning_give_the_same_bits() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut values = adversarial(5, 3_000);
    values.extend((0..3_000).map(|_| random.random_range(-1e6..1e6)));
    let expected = value(&values).to_bits();
    for parts in [1, 2, 3, 7, 64] {
        values.shuffle(&mut random);
        let mut whole = ExactTotal::default();
        for part in values.chunks(values.len() / parts + 1) {
            assert!(whole.merge_bytes(&total(part).write_bytes()).is_some());
        }
        assert_eq!(whole.value().to_bits(), expected, "{parts} parts");
    }
}

#[test]
fn narrow_totals_merge_into_narrow_ones() {
    let mut whole = ExactTotal::default();
    for part in [[0.5, -2.25], [1e3, 7.5], [-1e-3, 0.1]] {
        assert!(whole.merge_bytes(&total(&part).write_bytes()).is_some());
    }
    assert_eq!(whole.value(), value(&[0.5, -2.25, 1e3, 7.5, -1e-3, 0.1]));
    assert!(whole.merge_bytes(&ExactTotal::default().write_bytes()).is_some());
    assert_eq!(whole.value(), value(&[0.5, -2.25, 1e3, 7.5, -1e-3, 0.1]));
    assert!(whole.merge_bytes(&[1, 2, 3]).is_none());
}

#[test]
fn what_is_taken_out_leaves_no_trace() {
    let values = adversarial(6, 1_000);
    let mut moving = ExactTotal::default();
    for (index, added) in values.iter().enumerate() {
        moving.add(*added);
        if index >= 50 {
            moving.subtract(values[index - 50]);
            assert_eq!(moving.value().to_bits(), value(&values[index - 49..=index]).to_bits());
        }
    }
}

#[test]
fn carries_reach_the_highest_digit_of_a_window() {
    let mut sum = ExactTotal::default();
    for _ in 0..100_000 {
        sum.add(4_294_967_295.999_999_5);
        sum.carry();
    }
    assert_eq!(sum.value(), 429_496_729_599_999.95);
}
