//! Quantities: what is printed reads as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::api::Quantity;

fuzz_target!(|text: &str| {
    let Ok(one) = Quantity::parse(text) else { return };
    let _ = (one.value(), one.milli_value(), one.sign(), one.plus(one).minus(one));
    let printed = one.to_string();
    let again = Quantity::parse(&printed).expect("what was printed can be read");
    assert_eq!(again.to_string(), printed);
    assert_eq!((again.value(), again.sign()), (one.value(), one.sign()), "{text} as {printed}");
});
