// SPDX-License-Identifier: Apache-2.0

// The worker of wazero; suite/workers.py says what a worker does. The first argument chooses the
// tier: compiler or interpreter.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

var ctx = context.Background()

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newRuntime(tier string) wazero.Runtime {
	config := wazero.NewRuntimeConfigCompiler()
	if tier == "interpreter" {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall
	return wazero.NewRuntimeWithConfig(ctx, config.WithCoreFeatures(features))
}

func report(name string, start time.Time, count int) {
	fmt.Println(name, float64(time.Since(start).Nanoseconds())/float64(count))
}

func run(tier string, bytes []byte) {
	module, err := newRuntime(tier).Instantiate(ctx, bytes)
	check(err)
	function := module.ExportedFunction("run")
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 32)
		check(err)
		results, err := function.Call(ctx, n)
		check(err)
		fmt.Println(results[0])
	}
}

func load(tier string, bytes []byte) {
	runtime := newRuntime(tier)
	start := time.Now()
	_, err := runtime.CompileModule(ctx, bytes)
	check(err)
	report("load", start, 1)
}

func processorTime() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func compile(tier string, bytes []byte) {
	runtime := newRuntime(tier)
	start, processor := time.Now(), processorTime()
	_, err := runtime.CompileModule(ctx, bytes)
	check(err)
	fmt.Println("compile", processorTime()-processor)
	report("wall", start, 1)
}

func instantiate(tier string, bytes []byte, count int) {
	runtime := newRuntime(tier)
	compiled, err := runtime.CompileModule(ctx, bytes)
	check(err)
	config := wazero.NewModuleConfig().WithName("")
	start := time.Now()
	for i := 0; i < count; i++ {
		module, err := runtime.InstantiateModule(ctx, compiled, config)
		check(err)
		check(module.Close(ctx))
	}
	report("instantiate", start, count)
}

func calls(tier string, bytes []byte, count int) {
	runtime := newRuntime(tier)
	host := func(_ context.Context, stack []uint64) {}
	i32 := api.ValueTypeI32
	_, err := runtime.NewHostModuleBuilder("env").NewFunctionBuilder().
		WithGoFunction(api.GoFunc(host), []api.ValueType{i32, i32}, []api.ValueType{i32}).
		Export("f").Instantiate(ctx)
	check(err)
	module, err := runtime.Instantiate(ctx, bytes)
	check(err)
	add, callbacks := module.ExportedFunction("add"), module.ExportedFunction("callbacks")
	stack := make([]uint64, 2)
	start := time.Now()
	for i := 0; i < count; i++ {
		stack[0], stack[1] = uint64(i), 3
		check(add.CallWithStack(ctx, stack))
	}
	report("host-to-wasm", start, count)
	start = time.Now()
	_, err = callbacks.Call(ctx, uint64(count))
	check(err)
	report("wasm-to-host", start, count)
}

func main() {
	tier, mode := os.Args[1], os.Args[2]
	bytes, err := os.ReadFile(os.Args[3])
	check(err)
	count := 0
	if len(os.Args) > 4 {
		count, err = strconv.Atoi(os.Args[4])
		check(err)
	}
	switch mode {
	case "run":
		run(tier, bytes)
	case "load":
		load(tier, bytes)
	case "compile":
		compile(tier, bytes)
	case "instantiate":
		instantiate(tier, bytes, count)
	case "calls":
		calls(tier, bytes, count)
	default:
		check(fmt.Errorf("unknown mode %s", mode))
	}
}
