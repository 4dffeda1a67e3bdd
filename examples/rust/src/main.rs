// SPDX-License-Identifier: Apache-2.0
//! Runs plugin.wasm in Epsilon in Rust: calls, a host function, memory, errors, a timeout.
//!
//!     cargo run ../plugin.wasm

mod epsilon;
mod sys;

use epsilon::{i32s, Error, HostError, Plugin, Value};
use std::collections::HashMap;

#[derive(Debug, PartialEq)]
struct NotFound(i32);

impl std::fmt::Display for NotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nothing by this key")
    }
}

impl std::error::Error for NotFound {}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("which module?")?;
    let wasm = std::fs::read(path)?;

    // What the program can look up, by a function of ours. Reading a member of a value is unsafe: it
    // has the type that the function says, here i32.
    let found = HashMap::from([(1, 1152921504606846976_i64), (2, 5)]);
    let lookup = move |args: &[Value], results: &mut [Value]| -> Result<(), HostError> {
        let key = unsafe { args[0].i32 };
        results[0].i64 = *found.get(&key).ok_or(NotFound(key))?;
        Ok(())
    };
    let plugin = Plugin::new(&wasm, Box::new(lookup))?;

    let [sum] = plugin.call("add", &i32s([5, 37]), 0)?;
    println!("add(5, 37) = {}", unsafe { sum.i32 });

    // Memory: texts are copied in and out, in checked ranges.
    let text = "Epsilon";
    let size = text.len() as i32;
    let [address] = plugin.call("alloc", &i32s([size]), 0)?;
    let address = unsafe { address.u32 };
    plugin.write(address, text.as_bytes())?;
    let [] = plugin.call("reverse", &i32s([address as i32, size]), 0)?;
    let bytes = plugin
        .read(address, size as u32)
        .ok_or("not in the memory")?;
    println!("reverse: {}", String::from_utf8_lossy(&bytes));

    // The host function, and its error.
    let [sum] = plugin.call("sum_of", &i32s([1, 2]), 0)?;
    println!("sum_of(1, 2) = {}", unsafe { sum.i64 });
    match plugin.call::<1>("sum_of", &i32s([1, 3]), 0) {
        Err(Error::Host(error)) => {
            let same = error.downcast_ref() == Some(&NotFound(3));
            println!("sum_of(1, 3): {error}; the same object: {same}");
        }
        _ => return Err("sum_of found something".into()),
    }

    // A trap, with the frames of the program, and an endless loop.
    match plugin.call::<0>("poke", &i32s([-1]), 0) {
        Err(Error::Epsilon {
            kind,
            message,
            frames,
        }) => {
            println!("{kind}: {message}");
            for frame in frames {
                println!("    in {}, byte {:#x}", frame.func, frame.offset);
            }
        }
        _ => return Err("poke wrote somewhere".into()),
    }
    match plugin.call::<0>("forever", &[], 50) {
        Err(error) => println!("{error}"),
        Ok(_) => return Err("forever ended".into()),
    }

    let [sum] = plugin.call("add", &i32s([20, 22]), 0)?;
    println!("add(20, 22) = {}", unsafe { sum.i32 });
    drop(plugin);
    println!("all deleted");
    Ok(())
}
