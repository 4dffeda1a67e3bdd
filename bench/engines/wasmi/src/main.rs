// SPDX-License-Identifier: Apache-2.0
//! The worker of wasmi; suite/workers.py says what a worker does.
use std::hint::black_box;
use std::io::{stdin, stdout, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;
use wasmi::{Engine, Error, Instance, Linker, Module, Store};

fn instantiate(store: &mut Store<()>, module: &Module) -> Result<Instance, Error> {
    let mut linker = Linker::<()>::new(store.engine());
    linker.func_wrap("env", "f", |a: i32, _b: i32| a)?;
    linker.instantiate_and_start(store, module)
}

fn run(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::default();
    let module = Module::new(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&mut store, &module)?;
    let function = instance.get_typed_func::<i32, i64>(&store, "run")?;
    println!("ready");
    stdout().flush()?;
    for line in stdin().lock().lines() {
        let n: u32 = line?.trim().parse()?;
        println!("{}", function.call(&mut store, n as i32)? as u64);
        stdout().flush()?;
    }
    Ok(())
}

fn load(bytes: &[u8]) -> Result<(), Error> {
    let engine = Engine::default();
    let start = Instant::now();
    black_box(Module::new(&engine, bytes)?);
    println!("load {}", start.elapsed().as_nanos());
    Ok(())
}

// A store is only freed as a whole, and so every instance has one of its own.
fn instantiate_many(bytes: &[u8], count: u32) -> Result<(), Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, bytes)?;
    let start = Instant::now();
    for _ in 0..count {
        let mut store = Store::new(&engine, ());
        black_box(Linker::<()>::new(&engine).instantiate_and_start(&mut store, &module)?);
    }
    println!(
        "instantiate {}",
        start.elapsed().as_nanos() as f64 / f64::from(count)
    );
    Ok(())
}

fn calls(bytes: &[u8], count: u32) -> Result<(), Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&mut store, &module)?;
    let add = instance.get_typed_func::<(i32, i32), i32>(&store, "add")?;
    let callbacks = instance.get_typed_func::<i32, ()>(&store, "callbacks")?;
    let start = Instant::now();
    for i in 0..count {
        black_box(add.call(&mut store, (i as i32, 3))?);
    }
    println!(
        "host-to-wasm {}",
        start.elapsed().as_nanos() as f64 / f64::from(count)
    );
    let start = Instant::now();
    callbacks.call(&mut store, count as i32)?;
    println!(
        "wasm-to-host {}",
        start.elapsed().as_nanos() as f64 / f64::from(count)
    );
    Ok(())
}

fn work() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&arguments[2])?;
    let count = arguments.get(3).map_or(Ok(0), |text| text.parse())?;
    match arguments[1].as_str() {
        "run" => run(&bytes)?,
        "load" => load(&bytes)?,
        "instantiate" => instantiate_many(&bytes, count)?,
        "calls" => calls(&bytes, count)?,
        other => return Err(format!("unknown mode {other}").into()),
    }
    Ok(())
}

fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
