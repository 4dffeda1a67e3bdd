// SPDX-License-Identifier: Apache-2.0

// The example's binding on many goroutines: calls, errors, panics, contexts that end at any moment,
// faults of the program and of Go. Run beside epsilon.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func newPlugin(t *testing.T, lookup HostFunc) *Plugin {
	wasm, err := os.ReadFile("../plugin.wasm")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlugin(wasm, lookup)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func use(t *testing.T, seed int32) {
	ctx := context.Background()
	result := make([]Value, 1)
	p := newPlugin(t, func(args, results []Value) error {
		switch key := args[0].I32(); {
		case key == -1:
			panic("a key below zero")
		case key == -2:
			return fmt.Errorf("goroutine %d", seed)
		default:
			results[0] = I64(int64(key))
			return nil
		}
	})
	defer p.Close()
	for i := int32(0); i < 500; i++ {
		if err := p.Call(ctx, "sum_of", result, I32(seed), I32(i)); err != nil || result[0].I64() != int64(seed+i) {
			t.Error(err, result[0])
		}
		if err := p.Call(ctx, "sum_of", result, I32(i), I32(-1)); err == nil || err.Error() != "panic: a key below zero" {
			t.Error(err)
		}
		if err := p.Call(ctx, "sum_of", result, I32(i), I32(-2)); err == nil || err.Error() != fmt.Sprintf("goroutine %d", seed) {
			t.Error(err)
		}
		var trap *Error
		if err := p.Call(ctx, "poke", nil, I32(-1-i)); !errors.As(err, &trap) || trap.Kind != "trap" || len(trap.Frames) != 2 {
			t.Error(err)
		}
		if got := fmt.Sprint(nilPointer()); !strings.Contains(got, "nil pointer") {
			t.Error(got)
		}
	}
	for i := 0; i < 20; i++ {
		limited, cancel := context.WithTimeout(ctx, time.Duration(i)*100*time.Microsecond)
		if err := p.Call(limited, "forever", nil); err != context.DeadlineExceeded {
			t.Error(err)
		}
		cancel()
		// What stopped the call before does not stop this one.
		if err := p.Call(ctx, "add", result, I32(seed), I32(1)); err != nil || result[0].I32() != seed+1 {
			t.Error(err)
		}
	}
}

func TestManyGoroutines(t *testing.T) {
	var all sync.WaitGroup
	for seed := int32(1); seed <= 8; seed++ {
		all.Add(1)
		go func(seed int32) {
			defer all.Done()
			use(t, seed)
		}(seed)
	}
	all.Wait()
}

// Calls in calls: an error before any stack is full, and everything usable after it.
func TestNestedCalls(t *testing.T) {
	depth := 0
	var p *Plugin
	p = newPlugin(t, func(args, results []Value) error {
		depth++
		return p.Call(context.Background(), "sum_of", results, args[0], args[0])
	})
	defer p.Close()
	for i := 0; i < 3; i++ {
		depth = 0
		err := p.Call(context.Background(), "sum_of", make([]Value, 1), I32(1), I32(2))
		if err == nil || err.Error() != "trap: call stack exhausted" || depth < 30 {
			t.Error(err, depth)
		}
	}
}

func TestAnotherGoroutineIsInside(t *testing.T) {
	p := newPlugin(t, lookup)
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	const refused = "misuse: the runtime is in use by another thread"
	ended := make(chan error)
	go func() {
		for {
			if err := p.Call(ctx, "forever", nil); err == nil || err.Error() != refused {
				ended <- err
				return
			}
		}
	}()
	for {
		err := p.Call(context.Background(), "add", make([]Value, 1), I32(1), I32(2))
		if err != nil {
			if err.Error() != refused {
				t.Error(err)
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Error(err)
	}
}
