// SPDX-License-Identifier: Apache-2.0
//! The example's binding on several threads: calls, errors, panics, traps; calls nested beyond what
//! there is. Run as tests/load.rs beside src/.
#![allow(dead_code)] // what main.rs alone uses

#[path = "../src/epsilon.rs"]
mod epsilon;
#[path = "../src/sys.rs"]
mod sys;

use epsilon::{i32s, Error, HostError, Plugin, Value};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::Arc;

fn wasm() -> Vec<u8> {
    std::fs::read("../plugin.wasm").unwrap()
}

/// Counts how many there are.
struct Counted(Arc<AtomicI32>);

impl Counted {
    fn new(count: &Arc<AtomicI32>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Counted(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn use_plugin(seed: i32, count: &Arc<AtomicI32>) {
    let counted = Counted::new(count);
    let lookup = move |args: &[Value], results: &mut [Value]| -> Result<(), HostError> {
        let _ = &counted;
        match unsafe { args[0].i32 } {
            -1 => panic!("a key below zero"),
            -2 => Err(format!("thread {seed}").into()),
            key => {
                results[0].i64 = i64::from(key);
                Ok(())
            }
        }
    };
    let plugin = Plugin::new(&wasm(), Box::new(lookup)).unwrap();
    for i in 0..200 {
        let [sum] = plugin.call("sum_of", &i32s([seed, i]), 0).unwrap();
        assert_eq!(unsafe { sum.i64 }, i64::from(seed + i));
        let error = plugin.call::<1>("sum_of", &i32s([i, -1]), 0).err().unwrap();
        assert_eq!(error.to_string(), "a host function panicked");
        let error = plugin.call::<1>("sum_of", &i32s([i, -2]), 0).err().unwrap();
        assert_eq!(error.to_string(), format!("thread {seed}"));
        match plugin.call::<0>("poke", &i32s([-1 - i]), 0).err().unwrap() {
            Error::Epsilon { kind, frames, .. } => {
                assert_eq!((kind.as_str(), frames.len()), ("trap", 2))
            }
            Error::Host(error) => panic!("{error}"),
        }
    }
    let error = plugin.call::<0>("forever", &[], 5).err().unwrap();
    assert_eq!(error.to_string(), "timeout: execution timed out");
}

#[test]
fn many_threads() {
    std::panic::set_hook(Box::new(|_| ())); // the panics above are meant
    let count = Arc::new(AtomicI32::new(0));
    let threads: Vec<_> = (1..=8)
        .map(|seed| {
            let count = count.clone();
            std::thread::spawn(move || use_plugin(seed, &count))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), 0, "host functions left");
}

#[test]
fn a_host_function_that_is_not_used_is_dropped() {
    let count = Arc::new(AtomicI32::new(0));
    let counted = Counted::new(&count);
    let lookup = move |_: &[Value], _: &mut [Value]| -> Result<(), HostError> {
        let _ = &counted;
        Ok(())
    };
    let error = Plugin::new(b"no module", Box::new(lookup)).err().unwrap();
    assert!(error.to_string().starts_with("malformed: "), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn calls_in_calls_end_before_the_stack_does() {
    let slot: Rc<RefCell<Weak<Plugin>>> = Rc::default();
    let inner = slot.clone();
    let lookup = move |args: &[Value], results: &mut [Value]| -> Result<(), HostError> {
        let plugin = inner.borrow().upgrade().unwrap();
        [results[0]] = plugin.call("sum_of", &[args[0], args[0]], 0)?;
        Ok(())
    };
    let plugin = Rc::new(Plugin::new(&wasm(), Box::new(lookup)).unwrap());
    *slot.borrow_mut() = Rc::downgrade(&plugin);
    for _ in 0..3 {
        let error = plugin.call::<1>("sum_of", &i32s([1, 2]), 0).err().unwrap();
        assert_eq!(error.to_string(), "trap: call stack exhausted");
    }
}
