// SPDX-License-Identifier: Apache-2.0
//! libepsilon for Rust: errors of the library become Results, and errors and panics of host
//! functions become errors of the library. Handles are dropped in any order.
//!
//! Handles are pointers and so neither Send nor Sync, as befits a runtime: one thread at a time uses
//! it. (Compiled modules could be both.)

use crate::sys::*;
use std::cell::Cell;
use std::error::Error as StdError;
use std::ffi::{c_char, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::{fmt, ptr, slice};

pub use crate::sys::epsilon_value_t as Value;

pub fn i32s<const N: usize>(values: [i32; N]) -> [Value; N] {
    values.map(|x| Value { i32: x })
}

pub type HostError = Box<dyn StdError>;
pub type HostFunction = dyn Fn(&[Value], &mut [Value]) -> Result<(), HostError>;

#[derive(Debug)]
pub struct Frame {
    pub func: String,
    pub offset: u64,
}

#[derive(Debug)]
pub enum Error {
    /// Of the library's.
    Epsilon {
        kind: String,
        message: String,
        frames: Vec<Frame>,
    },
    /// What a host function returned.
    Host(HostError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Epsilon { kind, message, .. } => write!(f, "{kind}: {message}"),
            Error::Host(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {}

/// What the library's error holds of a host function's, until it comes out.
type Carried = Cell<Option<HostError>>;

unsafe extern "C" fn drop_carried(data: *mut c_void) {
    drop(Box::from_raw(data.cast::<Carried>()));
}

unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return "?".to_owned();
    }
    CStr::from_ptr(pointer).to_string_lossy().into_owned()
}

/// Takes an error of the library's, or NULL.
unsafe fn check(error: *mut epsilon_error_t) -> Result<(), Error> {
    if error.is_null() {
        return Ok(());
    }
    let kind = epsilon_error_kind(error);
    let carried = epsilon_error_host_data(error).cast::<Carried>();
    let result = match carried.as_ref().and_then(Cell::take) {
        Some(host) if kind == EPSILON_ERROR_HOST => Error::Host(host),
        _ => Error::Epsilon {
            kind: text(epsilon_error_kind_name(kind)),
            message: text(epsilon_error_message(error, ptr::null_mut())),
            frames: (0..epsilon_error_frame_count(error))
                .map(|i| frame(error, i))
                .collect(),
        },
    };
    epsilon_error_delete(error);
    Err(result)
}

unsafe fn frame(error: *const epsilon_error_t, index: usize) -> Frame {
    let (mut name, mut offset) = (ptr::null(), 0);
    epsilon_error_frame(
        error,
        index,
        ptr::null_mut(), // what is not wanted
        &mut name,
        ptr::null_mut(),
        ptr::null_mut(),
        ptr::null_mut(),
        &mut offset,
    );
    Frame {
        func: text(name),
        offset,
    }
}

/// A handle, and its delete.
struct Handle<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Handle<T> {
    /// Has `make` fill in an out-parameter.
    unsafe fn new(
        delete: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T) -> *mut epsilon_error_t,
    ) -> Result<Self, Error> {
        let mut out = ptr::null_mut();
        check(make(&mut out))?;
        Ok(Handle(out, delete))
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        unsafe { (self.1)(self.0) }
    }
}

/// Calls the closure that env is. A panic must not go through C.
unsafe extern "C" fn call_host(
    env: *mut c_void,
    _caller: *mut epsilon_caller_t,
    args: *const Value,
    nargs: usize,
    results: *mut Value,
    nresults: usize,
) -> *mut epsilon_error_t {
    // A slice is never at NULL, also when it is empty.
    let args = if nargs == 0 {
        &[]
    } else {
        slice::from_raw_parts(args, nargs)
    };
    let results = if nresults == 0 {
        &mut []
    } else {
        slice::from_raw_parts_mut(results, nresults)
    };
    let body = &*env.cast::<Box<HostFunction>>();
    let error = match catch_unwind(AssertUnwindSafe(|| body(args, results))) {
        Ok(Ok(())) => return ptr::null_mut(),
        Ok(Err(error)) => error,
        Err(_) => "a host function panicked".into(),
    };
    let carried = Box::into_raw(Box::new(Carried::new(Some(error))));
    const TEXT: &str = "a Rust error"; // for other embedders
    epsilon_error_new_host(
        TEXT.as_ptr().cast(),
        TEXT.len(),
        carried.cast(),
        Some(drop_carried),
    )
}

unsafe extern "C" fn drop_host(env: *mut c_void) {
    drop(Box::from_raw(env.cast::<Box<HostFunction>>()));
}

/// An instance in a runtime of its own.
pub struct Plugin {
    _runtime: Handle<epsilon_runtime_t>,
    module: Handle<epsilon_module_t>,
    memory: Handle<epsilon_memory_t>,
}

impl Plugin {
    /// Instantiates a module that imports host.lookup, [i32] -> [i64], and exports a memory.
    pub fn new(wasm: &[u8], lookup: Box<HostFunction>) -> Result<Plugin, Error> {
        let (host, name, memory) = ("host", "lookup", "memory");
        unsafe {
            let runtime = Handle::new(epsilon_runtime_delete, |out| {
                epsilon_runtime_new(ptr::null(), out)
            })?;
            let compiled = Handle::new(epsilon_compiled_delete, |out| {
                epsilon_compiled_new(ptr::null(), wasm.as_ptr().cast(), wasm.len(), out)
            })?;
            let imports = Handle::new(epsilon_imports_delete, |out| epsilon_imports_new(out))?;
            // From here on the closure is the function's, also if no function can be made.
            let env = Box::into_raw(Box::new(lookup)).cast();
            let func = Handle::new(epsilon_func_delete, |out| {
                epsilon_func_new(
                    runtime.0,
                    &EPSILON_VALTYPE_I32,
                    1,
                    &EPSILON_VALTYPE_I64,
                    1,
                    call_host,
                    env,
                    Some(drop_host),
                    out,
                )
            })?;
            check(epsilon_imports_add_func(
                imports.0,
                host.as_ptr().cast(),
                host.len(),
                name.as_ptr().cast(),
                name.len(),
                func.0,
            ))?;
            let module = Handle::new(epsilon_module_delete, |out| {
                epsilon_module_new(runtime.0, compiled.0, imports.0, ptr::null(), out)
            })?;
            let memory = Handle::new(epsilon_memory_delete, |out| {
                epsilon_module_export_memory(module.0, memory.as_ptr().cast(), memory.len(), out)
            })?;
            Ok(Plugin {
                _runtime: runtime,
                module,
                memory,
            })
        }
    }

    /// Calls a function with N results. timeout_ms: 0 for none.
    pub fn call<const N: usize>(
        &self,
        name: &str,
        args: &[Value],
        timeout_ms: u64,
    ) -> Result<[Value; N], Error> {
        let mut results = [Value { u64: 0 }; N];
        unsafe {
            let func = Handle::new(epsilon_func_delete, |out| {
                epsilon_module_export_func(self.module.0, name.as_ptr().cast(), name.len(), out)
            })?;
            check(epsilon_func_call(
                func.0,
                args.as_ptr(),
                args.len(),
                timeout_ms,
                results.as_mut_ptr(),
                N,
            ))?;
        }
        Ok(results)
    }

    /// A copy of a range of the memory; None if it is not inside.
    pub fn read(&self, offset: u32, size: u32) -> Option<Vec<u8>> {
        unsafe {
            let all = epsilon_memory_byte_size(self.memory.0);
            if u64::from(offset) + u64::from(size) > all {
                return None;
            }
            // No Rust reference to bytes that programs write: the slice ends before the next call.
            let start = epsilon_memory_data(self.memory.0);
            (!start.is_null())
                .then(|| slice::from_raw_parts(start.add(offset as usize), size as usize).to_vec())
        }
    }

    /// Copies data into the memory, which the library checks.
    pub fn write(&self, offset: u32, data: &[u8]) -> Result<(), Error> {
        unsafe {
            check(epsilon_memory_write(
                self.memory.0,
                offset.into(),
                data.as_ptr().cast(),
                data.len(),
            ))
        }
    }
}
