// SPDX-License-Identifier: Apache-2.0
//! What of epsilon.h the example needs, as it stands there. (bindgen makes all of it.)
#![allow(non_camel_case_types)]

use std::ffi::{c_char, c_void};

macro_rules! opaque {
    ($($name:ident)*) => { $(#[repr(C)] pub struct $name { _private: [u8; 0] })* };
}
opaque!(epsilon_error_t epsilon_config_t epsilon_runtime_t epsilon_compiled_t epsilon_imports_t
        epsilon_options_t epsilon_module_t epsilon_func_t epsilon_memory_t epsilon_caller_t);

/// A value, without its type. In Rust it has the alignment that it needs: that of u64.
#[repr(C)]
#[derive(Clone, Copy)]
pub union epsilon_value_t {
    pub i32: i32,
    pub u32: u32,
    pub i64: i64,
    pub u64: u64,
    pub f32: f32,
    pub f64: f64,
    pub reference: u64,
    pub v128: [u8; 16],
}

pub const EPSILON_VALTYPE_I32: u32 = 0x7F;
pub const EPSILON_VALTYPE_I64: u32 = 0x7E;
pub const EPSILON_ERROR_HOST: u8 = 13;

pub type epsilon_finalizer_t = Option<unsafe extern "C" fn(data: *mut c_void)>;
pub type epsilon_func_callback_t = unsafe extern "C" fn(
    env: *mut c_void,
    caller: *mut epsilon_caller_t,
    args: *const epsilon_value_t,
    nargs: usize,
    results: *mut epsilon_value_t,
    nresults: usize,
) -> *mut epsilon_error_t;

#[link(name = "epsilon")]
extern "C" {
    pub fn epsilon_error_new_host(
        message: *const c_char,
        message_size: usize,
        data: *mut c_void,
        finalizer: epsilon_finalizer_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_error_delete(error: *mut epsilon_error_t);
    pub fn epsilon_error_kind(error: *const epsilon_error_t) -> u8;
    pub fn epsilon_error_kind_name(kind: u8) -> *const c_char;
    pub fn epsilon_error_message(error: *const epsilon_error_t, size: *mut usize) -> *const c_char;
    pub fn epsilon_error_host_data(error: *const epsilon_error_t) -> *mut c_void;
    pub fn epsilon_error_frame_count(error: *const epsilon_error_t) -> usize;
    pub fn epsilon_error_frame(
        error: *const epsilon_error_t,
        index: usize,
        func_index: *mut u32,
        func_name: *mut *const c_char,
        func_name_size: *mut usize,
        module_name: *mut *const c_char,
        module_name_size: *mut usize,
        offset: *mut u64,
    ) -> bool;

    pub fn epsilon_runtime_new(
        config: *const epsilon_config_t,
        out: *mut *mut epsilon_runtime_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_runtime_delete(runtime: *mut epsilon_runtime_t);

    pub fn epsilon_compiled_new(
        config: *const epsilon_config_t,
        bytes: *const c_void,
        size: usize,
        out: *mut *mut epsilon_compiled_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_compiled_delete(compiled: *mut epsilon_compiled_t);

    pub fn epsilon_imports_new(out: *mut *mut epsilon_imports_t) -> *mut epsilon_error_t;
    pub fn epsilon_imports_delete(imports: *mut epsilon_imports_t);
    pub fn epsilon_imports_add_func(
        imports: *mut epsilon_imports_t,
        module: *const c_char,
        module_size: usize,
        name: *const c_char,
        name_size: usize,
        func: *mut epsilon_func_t,
    ) -> *mut epsilon_error_t;

    pub fn epsilon_module_new(
        runtime: *mut epsilon_runtime_t,
        compiled: *const epsilon_compiled_t,
        imports: *const epsilon_imports_t,
        options: *const epsilon_options_t,
        out: *mut *mut epsilon_module_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_module_delete(module: *mut epsilon_module_t);
    pub fn epsilon_module_export_func(
        module: *mut epsilon_module_t,
        name: *const c_char,
        name_size: usize,
        out: *mut *mut epsilon_func_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_module_export_memory(
        module: *mut epsilon_module_t,
        name: *const c_char,
        name_size: usize,
        out: *mut *mut epsilon_memory_t,
    ) -> *mut epsilon_error_t;

    pub fn epsilon_func_new(
        runtime: *mut epsilon_runtime_t,
        params: *const u32,
        nparams: usize,
        results: *const u32,
        nresults: usize,
        callback: epsilon_func_callback_t,
        env: *mut c_void,
        finalizer: epsilon_finalizer_t,
        out: *mut *mut epsilon_func_t,
    ) -> *mut epsilon_error_t;
    pub fn epsilon_func_delete(func: *mut epsilon_func_t);
    pub fn epsilon_func_call(
        func: *mut epsilon_func_t,
        args: *const epsilon_value_t,
        nargs: usize,
        timeout_ms: u64,
        results: *mut epsilon_value_t,
        nresults: usize,
    ) -> *mut epsilon_error_t;

    pub fn epsilon_memory_delete(memory: *mut epsilon_memory_t);
    pub fn epsilon_memory_byte_size(memory: *const epsilon_memory_t) -> u64;
    pub fn epsilon_memory_data(memory: *mut epsilon_memory_t) -> *mut u8;
    pub fn epsilon_memory_write(
        memory: *mut epsilon_memory_t,
        offset: u64,
        data: *const c_void,
        size: usize,
    ) -> *mut epsilon_error_t;
}
