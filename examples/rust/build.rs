// SPDX-License-Identifier: Apache-2.0
// Where the installed library is, asked of pkg-config.
use std::process::Command;

fn main() {
    let output = Command::new("pkg-config")
        .args(["--variable=libdir", "epsilon"])
        .output()
        .expect("pkg-config is needed");
    assert!(output.status.success(), "pkg-config does not know epsilon");
    let libdir = String::from_utf8(output.stdout).expect("a path in UTF-8");
    let libdir = libdir.trim();
    println!("cargo:rustc-link-search=native={libdir}");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{libdir}");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
}
