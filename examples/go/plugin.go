// SPDX-License-Identifier: Apache-2.0

// Runs plugin.wasm in Epsilon in Go: calls, a host function, memory, errors, a timeout.
//
//	go run . ../plugin.wasm
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"
)

var errNotFound = errors.New("nothing by this key")

// What the program can look up, by a function of ours.
func lookup(args, results []Value) error {
	found := map[int32]int64{1: 1152921504606846976, 2: 5}
	value, ok := found[args[0].I32()]
	if !ok {
		return errNotFound
	}
	results[0] = I64(value)
	return nil
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// The library handles SIGSEGV, and passes on what is not its own: Go's panics stay what they are.
func nilPointer() (r any) {
	defer func() { r = recover() }()
	var p *int
	return *p
}

func main() {
	ctx := context.Background()
	wasm, err := os.ReadFile(os.Args[1])
	must(err)
	p, err := NewPlugin(wasm, lookup)
	must(err)
	result := make([]Value, 1)

	must(p.Call(ctx, "add", result, I32(5), I32(37)))
	fmt.Println("add(5, 37) =", result[0].I32())

	// Memory: the text goes in by a copy, and is looked at without one.
	data := []byte("Epsilon")
	must(p.Call(ctx, "alloc", result, I32(int32(len(data)))))
	address := uint32(result[0].I32())
	must(p.Write(address, data))
	must(p.Call(ctx, "reverse", nil, I32(int32(address)), I32(int32(len(data)))))
	fmt.Printf("reverse: %s\n", p.Memory()[address:][:len(data)])

	// The host function, and its error.
	must(p.Call(ctx, "sum_of", result, I32(1), I32(2)))
	fmt.Println("sum_of(1, 2) =", result[0].I64())
	err = p.Call(ctx, "sum_of", result, I32(1), I32(3))
	fmt.Printf("sum_of(1, 3): %v; the same object: %v\n", err, err == errNotFound)

	// A trap, with the frames of the program.
	err = p.Call(ctx, "poke", nil, I32(-1))
	fmt.Println(err)
	var trap *Error
	if errors.As(err, &trap) {
		for _, frame := range trap.Frames {
			fmt.Printf("    in %s, byte %#x\n", frame.Func, frame.Offset)
		}
	}
	fmt.Println(nilPointer())

	// An endless loop, stopped by a context.
	limited, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	fmt.Println(p.Call(limited, "forever", nil))
	cancel()
	must(p.Call(ctx, "add", result, I32(20), I32(22)))
	fmt.Println("add(20, 22) =", result[0].I32())

	p.Close()
	fmt.Println("all deleted")
}
