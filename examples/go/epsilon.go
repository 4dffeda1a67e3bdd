// SPDX-License-Identifier: Apache-2.0

// libepsilon for Go, by cgo: turns errors of the library into Go errors, and errors and panics of
// host functions into errors of the library; stops programs by a context.
package main

/*
#cgo pkg-config: epsilon
#include <epsilon.h>

extern epsilon_error_t *goHostFunction(void *env, epsilon_caller_t *caller, epsilon_value_t *args,
                                       size_t nargs, epsilon_value_t *results, size_t nresults);
extern void goRelease(void *data);

// A cgo.Handle is a number and no address: here it becomes the pointer that the library passes on.
static inline epsilon_error_t *new_host_error(uintptr_t handle) {
    return epsilon_error_new_host("a Go error", 10, (void *)handle, goRelease);
}
static inline uintptr_t host_data(const epsilon_error_t *error) {
    return (uintptr_t)epsilon_error_host_data(error);
}
static inline epsilon_error_t *new_host_func(epsilon_runtime_t *runtime,
                                             const epsilon_valtype_t *params, size_t nparams,
                                             const epsilon_valtype_t *results, size_t nresults,
                                             uintptr_t handle, epsilon_func_t **out) {
    return epsilon_func_new(runtime, params, nparams, results, nresults,
                            (epsilon_func_callback_t)goHostFunction, (void *)handle, goRelease, out);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Value is an epsilon_value_t. It is not C.epsilon_value_t: cgo makes a [16]byte of the union, which
// Go may place at any address, and a value must be aligned to 8.
type Value [2]uint64

func I32(x int32) Value { return Value{uint64(uint32(x))} }
func I64(x int64) Value { return Value{uint64(x)} }

// The low bytes come first on the machines that this example is for.
func (v Value) I32() int32 { return int32(uint32(v[0])) }
func (v Value) I64() int64 { return int64(v[0]) }

func values(v []Value) (*C.epsilon_value_t, C.size_t) {
	return (*C.epsilon_value_t)(unsafe.Pointer(unsafe.SliceData(v))), C.size_t(len(v))
}

func text(s string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

type ValueType = C.epsilon_valtype_t

const (
	TypeI32 ValueType = C.EPSILON_VALTYPE_I32
	TypeI64 ValueType = C.EPSILON_VALTYPE_I64
)

type Frame struct {
	Func   string
	Offset uint64
}

type Error struct {
	Kind, Message string
	Frames        []Frame
}

func (e *Error) Error() string { return e.Kind + ": " + e.Message }

// toGo deletes an error of the library; what a host function returned comes out as it was.
func toGo(e *C.epsilon_error_t) error {
	if e == nil {
		return nil
	}
	defer C.epsilon_error_delete(e) // and with it the cgo.Handle, by goRelease
	if C.epsilon_error_kind(e) == C.EPSILON_ERROR_HOST {
		return cgo.Handle(C.host_data(e)).Value().(error)
	}
	err := &Error{
		Kind:    C.GoString(C.epsilon_error_kind_name(C.epsilon_error_kind(e))),
		Message: C.GoString(C.epsilon_error_message(e, nil)),
	}
	for i := C.size_t(0); i < C.epsilon_error_frame_count(e); i++ {
		var name *C.char
		var offset C.uint64_t
		C.epsilon_error_frame(e, i, nil, &name, nil, nil, nil, &offset)
		err.Frames = append(err.Frames, Frame{C.GoString(name), uint64(offset)})
	}
	return err
}

// HostFunc is a function that programs can call. Its arguments are only good during the call.
type HostFunc func(args, results []Value) error

//export goHostFunction
func goHostFunction(env unsafe.Pointer, caller *C.epsilon_caller_t, args *C.epsilon_value_t,
	nargs C.size_t, results *C.epsilon_value_t, nresults C.size_t) (failed *C.epsilon_error_t) {
	fail := func(err error) { failed = C.new_host_error(C.uintptr_t(cgo.NewHandle(err))) }
	defer func() { // no panic may go through C
		if r := recover(); r != nil {
			fail(fmt.Errorf("panic: %v", r))
		}
	}()
	f := cgo.Handle(uintptr(env)).Value().(HostFunc)
	in := unsafe.Slice((*Value)(unsafe.Pointer(args)), nargs)
	out := unsafe.Slice((*Value)(unsafe.Pointer(results)), nresults)
	if err := f(in, out); err != nil {
		fail(err)
	}
	return
}

// The finalizer of host functions and their errors: Go functions may be called on any thread.
//
//export goRelease
func goRelease(data unsafe.Pointer) { cgo.Handle(uintptr(data)).Delete() }

// Plugin is an instance in a runtime of its own. Its methods are for one goroutine at a time.
type Plugin struct {
	runtime   *C.epsilon_runtime_t
	interrupt *C.epsilon_interrupt_t
	imports   *C.epsilon_imports_t
	module    *C.epsilon_module_t
	memory    *C.epsilon_memory_t
}

// NewPlugin instantiates a module that imports host.lookup, [i32] -> [i64], and exports a memory.
func NewPlugin(wasm []byte, lookup HostFunc) (plugin *Plugin, err error) {
	p := &Plugin{}
	var compiled *C.epsilon_compiled_t
	var f *C.epsilon_func_t
	defer func() {
		C.epsilon_compiled_delete(compiled)
		C.epsilon_func_delete(f)
		if err != nil {
			p.Close()
		}
	}()
	param, result := TypeI32, TypeI64
	host, hostSize := text("host")
	name, nameSize := text("lookup")
	memory, memorySize := text("memory")
	for _, step := range []func() *C.epsilon_error_t{
		func() *C.epsilon_error_t { return C.epsilon_runtime_new(nil, &p.runtime) },
		func() *C.epsilon_error_t { return C.epsilon_interrupt_new(p.runtime, &p.interrupt) },
		func() *C.epsilon_error_t {
			return C.epsilon_compiled_new(nil, unsafe.Pointer(unsafe.SliceData(wasm)),
				C.size_t(len(wasm)), &compiled)
		},
		func() *C.epsilon_error_t { return C.epsilon_imports_new(&p.imports) },
		func() *C.epsilon_error_t {
			return C.new_host_func(p.runtime, &param, 1, &result, 1,
				C.uintptr_t(cgo.NewHandle(lookup)), &f)
		},
		func() *C.epsilon_error_t {
			return C.epsilon_imports_add_func(p.imports, host, hostSize, name, nameSize, f)
		},
		func() *C.epsilon_error_t {
			return C.epsilon_module_new(p.runtime, compiled, p.imports, nil, &p.module)
		},
		func() *C.epsilon_error_t {
			return C.epsilon_module_export_memory(p.module, memory, memorySize, &p.memory)
		},
	} {
		if err = toGo(step()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Close deletes the handles; the order is of no importance.
func (p *Plugin) Close() {
	C.epsilon_runtime_delete(p.runtime)
	C.epsilon_memory_delete(p.memory)
	C.epsilon_module_delete(p.module)
	C.epsilon_imports_delete(p.imports)
	C.epsilon_interrupt_delete(p.interrupt)
	*p = Plugin{}
}

// Call runs a function until it ends or the context does.
func (p *Plugin) Call(ctx context.Context, name string, results []Value, args ...Value) error {
	var f *C.epsilon_func_t
	s, size := text(name)
	if err := toGo(C.epsilon_module_export_func(p.module, s, size, &f)); err != nil {
		return err
	}
	defer C.epsilon_func_delete(f)
	if ctx.Done() != nil {
		defer p.watch(ctx)()
	}
	a, na := values(args)
	r, nr := values(results)
	err := toGo(C.epsilon_func_call(f, a, na, 0, r, nr))
	var failed *Error
	if errors.As(err, &failed) && failed.Kind == "interrupted" && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// watch interrupts what runs when the context is done, again and again: an interrupt before the
// call has begun has no effect. The function that it returns ends that, for good: an interrupt that
// came later would be the next call's.
func (p *Plugin) watch(ctx context.Context) func() {
	ended, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		for {
			C.epsilon_interrupt_raise(p.interrupt)
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() {
		close(ended)
		<-gone
	}
}

// Memory is the program's memory itself: good until the plugin is closed or its memory grows.
func (p *Plugin) Memory() []byte {
	data, size := C.epsilon_memory_data(p.memory), C.epsilon_memory_byte_size(p.memory)
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), size)
}

// Write copies data into the memory, which the library checks.
func (p *Plugin) Write(offset uint32, data []byte) error {
	return toGo(C.epsilon_memory_write(p.memory, C.uint64_t(offset),
		unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data))))
}
