// SPDX-License-Identifier: Apache-2.0

// Runs a WASI program in wazero: `program compiler|interpreter PROGRAM [ARGUMENT...]`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func main() {
	ctx := context.Background()
	config := wazero.NewRuntimeConfigCompiler()
	if os.Args[1] == "interpreter" {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	bytes, err := os.ReadFile(os.Args[2])
	check(err)
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	_, err = wasi_snapshot_preview1.Instantiate(ctx, runtime)
	check(err)
	args := append([]string{filepath.Base(os.Args[2])}, os.Args[3:]...)
	settings := wazero.NewModuleConfig().WithArgs(args...).WithStdin(os.Stdin).
		WithStdout(os.Stdout).WithStderr(os.Stderr).WithSysWalltime().WithSysNanotime()
	_, err = runtime.InstantiateWithConfig(ctx, bytes, settings)
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		os.Exit(int(exit.ExitCode()))
	}
	check(err)
}
